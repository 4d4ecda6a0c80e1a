import { rateLimited } from './log';

describe('the log', () => {
  beforeEach(() => jest.useFakeTimers({ now: 1_000_000 }));
  afterEach(() => jest.useRealTimers());

  it('has each line once a minute', () => {
    const lines: string[] = [];
    const log = rateLimited((line) => lines.push(line));
    log('a');
    log('a');
    log('b');
    jest.setSystemTime(1_059_999);
    log('a');
    expect(lines).toEqual(['a', 'b']);
    jest.setSystemTime(1_060_000);
    log('a');
    expect(lines).toEqual(['a', 'b', 'a']);
  });

  it('has at most a hundred different lines a minute', () => {
    const lines: string[] = [];
    const log = rateLimited((line) => lines.push(line));
    for (let index = 0; index < 500; index++) log(`${index}`);
    expect(lines).toHaveLength(100);
    jest.setSystemTime(1_060_000);
    log('the next minute');
    expect(lines.at(-1)).toBe('the next minute');
  });
});
