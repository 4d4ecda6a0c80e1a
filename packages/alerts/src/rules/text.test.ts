import { duration } from './text';

describe('a duration', () => {
  it.each([
    [0, '0s'],
    [0.05, '50ms'],
    [1, '1s'],
    [1.5, '1500ms'],
    [90, '90s'],
    [300, '5m'],
    [7200, '2h'],
  ])('of %d s is %s', (seconds, expected) => {
    expect(duration(seconds)).toBe(expected);
  });
});
