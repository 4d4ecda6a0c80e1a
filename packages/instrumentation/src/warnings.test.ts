import { type DiagLogger, DiagLogLevel, diag } from '@opentelemetry/api';

let logInternalError: typeof import('./warnings').logInternalError;
let logged: string[];
const logger = { error: (message: string) => void logged.push(message) } as DiagLogger;

beforeEach(() => {
  logged = [];
  // The limits hold for one process.
  jest.isolateModules(() => {
    ({ logInternalError } = require('./warnings'));
  });
  diag.setLogger(logger, { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true });
});
afterEach(() => diag.disable());

it('logs internal errors once for each place and class', () => {
  for (const place of ['client.query', 'a patch']) {
    for (const error of [new TypeError('one'), new RangeError('two'), new TypeError('three')]) {
      logInternalError(place, error);
    }
  }
  expect(logged.map((message) => /in (.*?);.*: (\w+: \w+)/.exec(message)?.slice(1))).toEqual([
    ['client.query', 'TypeError: one'],
    ['client.query', 'RangeError: two'],
    ['a patch', 'TypeError: one'],
    ['a patch', 'RangeError: two'],
  ]);
});

it('logs at most 20 internal errors, and states in the last message that no more follow', () => {
  for (let place = 0; place < 100; place += 1) logInternalError(`place ${place}`, new Error('down'));
  expect(logged).toHaveLength(20);
  expect(logged.filter((message) => message.includes('No further internal errors are logged'))).toEqual([
    logged.at(-1),
  ]);
});

it('survives an error that cannot be read and a diagnostic logger that throws', () => {
  const unreadable = new Proxy(new Error('secret'), {
    get() {
      throw new Error('trap');
    },
  });
  expect(() => logInternalError('a patch', unreadable)).not.toThrow();
  diag.setLogger(
    {
      ...logger,
      error() {
        throw new Error('no log');
      },
    },
    { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true },
  );
  expect(() => logInternalError('another patch', new Error('down'))).not.toThrow();
});
