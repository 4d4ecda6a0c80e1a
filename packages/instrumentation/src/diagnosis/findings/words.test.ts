import { code, duration, printable } from './words';

it.each([
  [-1, '0.0 ms'],
  [0.00031, '0.3 ms'],
  [0.0352, '35 ms'],
  [0.0999, '0.1 s'],
  [4.84, '4.8 s'],
  [9.96, '10 s'],
  [61.2, '61 s'],
  [119.6, '2 min'],
  [720, '12 min'],
  [7_199, '2 h'],
  [10_800, '3 h'],
])('%d seconds are written as %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

it('a name of another role neither ends its quotation nor mentions anybody in a chat', () => {
  expect(printable('<!channel> "worker"\n7')).toBe('?!channel? ?worker??7');
  expect(code('<http://evil.example|orders>`')).toBe('`?http://evil.example|orders??`');
});
