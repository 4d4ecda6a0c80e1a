import { BridgeOptionError, type BridgeOptions, rateLimited, resolveOptions } from './options';

const alertmanagers = ['http://localhost:9093'];
const resolve = (options: object) => () => resolveOptions({ alertmanagers, ...options } as BridgeOptions);

describe('the options', () => {
  it('have defaults', () => {
    expect(resolve({})()).toEqual({
      alertmanagers: [new URL('http://localhost:9093')],
      host: '127.0.0.1',
      port: 0,
      holdSeconds: 180,
      maxBodyBytes: 2 * 1024 * 1024,
      maxRequests: 16,
      requestTimeoutSeconds: 25,
      deliveryTimeoutSeconds: 10,
      stopTimeoutSeconds: 10,
      log: expect.any(Function),
    });
  });

  it.each([
    [{ alertmanagers: [] }, 'alertmanagers must have a URL unless `webhook` is set'],
    [{ alertmanagers: 'http://u:secret@a' }, 'alertmanagers must be a list of URLs'],
    [{ alertmanagers: ['a:secret'] }, 'alertmanagers.0 must be a URL like http://localhost:9093'],
    [
      { alertmanagers: ['postgres://u:secret@a'] },
      'alertmanagers.0 must be a URL like http://localhost:9093',
    ],
    [{ webhook: 'secret' }, 'webhook must be a URL like http://localhost:9093'],
    [{ host: '' }, 'host must be a host name or address to listen on'],
    [{ port: 65_536 }, 'port must be a whole number from 0 to 65535 (port), got 65536'],
    [{ port: 1.5 }, 'port must be a whole number from 0 to 65535 (port), got 1.5'],
    [{ token: 'secret with space' }, 'token must be a string that is not empty and has no spaces'],
    [{ token: '' }, 'token must be a string that is not empty and has no spaces'],
    [{ token: 'secret', tokenFile: 'f' }, 'token must not be set together with `tokenFile`'],
    [{ tls: { cert: 'secret' } }, 'tls.key must be a key in PEM'],
    [{ holdSeconds: '180' }, 'holdSeconds must be a number from 1 to 86400 (seconds), got "180"'],
    [{ holdSeconds: Number.NaN }, 'holdSeconds must be a number from 1 to 86400 (seconds), got NaN'],
    [{ maxBodyBytes: 10 }, 'maxBodyBytes must be a whole number from 1024 to 268435456 (bytes), got 10'],
    [
      { deliveryTimeoutSeconds: 0 },
      'deliveryTimeoutSeconds must be a number from 0.1 to 600 (seconds), got 0',
    ],
    [{ log: 'secret' }, 'log must be a function'],
    [{ hold: 180 }, /^hold is not an option of the bridge; the options are alertmanagers, webhook, host, /],
  ])('%j are rejected with the accepted values and without secrets', (options, message) => {
    const error = thrown(resolve(options));
    expect(error).toBeInstanceOf(BridgeOptionError);
    expect(error.message).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
    expect(error.message).not.toContain('secret');
  });
});

describe('the log', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('has each line once a minute', () => {
    const lines: string[] = [];
    const log = rateLimited((line) => lines.push(line));
    log('a');
    log('a');
    log('b');
    jest.advanceTimersByTime(59_999);
    log('a');
    expect(lines).toEqual(['a', 'b']);
    jest.advanceTimersByTime(1);
    log('a');
    expect(lines).toEqual(['a', 'b', 'a']);
  });

  it('has at most a hundred different lines a minute', () => {
    const lines: string[] = [];
    const log = rateLimited((line) => lines.push(line));
    for (let index = 0; index < 500; index++) log(`${index}`);
    expect(lines).toHaveLength(100);
    jest.advanceTimersByTime(60_000);
    log('the next minute');
    expect(lines.at(-1)).toBe('the next minute');
  });
});

function thrown(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
