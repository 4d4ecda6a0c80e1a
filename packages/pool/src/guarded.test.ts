import { guarded } from './guarded';

it('an internal error is one warning without its message, whether thrown or rejected', async () => {
  const emitWarning = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
  guarded(() => {
    throw new TypeError('of a secret\n    at secret');
  });
  guarded(async () => {
    throw new Error('of another secret');
  });
  await new Promise(setImmediate);
  expect(emitWarning).toHaveBeenCalledTimes(1);
  const [message, options] = emitWarning.mock.calls[0] as unknown as [string, object];
  expect(message).toMatch(
    /^The manager of a pool failed; the pool is not affected: TypeError\n\s+at .*guarded\.test/,
  );
  expect(message).not.toContain('secret');
  expect(options).toEqual({ type: 'PgOtelWarning', code: 'PG_OTEL_POOL_FAILED' });
  emitWarning.mockRestore();
});

it('an internal error does not reach the application that has defined another representation of stacks', () => {
  const { prepareStackTrace } = Error;
  Error.prepareStackTrace = (_error, frames) => frames;
  const failing = () => {
    throw new RangeError();
  };
  try {
    expect(() => guarded(failing)).not.toThrow();
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
  }
});
