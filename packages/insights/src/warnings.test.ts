import { isAuthorized } from './http/access';
import type { warnOfInternalError, warnOnce } from './warnings';

afterEach(() => jest.restoreAllMocks());

it('a warning is emitted once', () => {
  const warning = jest.spyOn(process, 'emitWarning').mockImplementation();
  // What was emitted counts for the whole process.
  jest.isolateModules(() => {
    const warnings: { warnOnce: typeof warnOnce } = jest.requireActual('./warnings');
    for (let nth = 0; nth < 3; nth += 1) warnings.warnOnce('PG_OTEL_INSIGHTS_FAILED', 'the same');
  });
  expect(warning).toHaveBeenCalledTimes(1);
});

describe('an internal error', () => {
  function warned(error: () => Error): unknown[] {
    const warning = jest.spyOn(process, 'emitWarning').mockImplementation();
    jest.isolateModules(() => {
      const warnings: { warnOfInternalError: typeof warnOfInternalError } = jest.requireActual('./warnings');
      warnings.warnOfInternalError(error());
    });
    return warning.mock.calls.map(([text]) => text);
  }

  it('is a warning with its name and place, without its message', () => {
    const [text] = warned(() => new RangeError('a secret\n    at secret'));
    expect(text).toMatch(/the application is not affected: RangeError\n\s+at .*warnings\.test/);
    expect(text).not.toContain('secret');
  });

  it('has no place when the application has defined another representation of stacks', () => {
    const { prepareStackTrace } = Error;
    Error.prepareStackTrace = (_error, frames) => frames;
    try {
      expect(warned(() => new RangeError('a secret'))).toEqual([
        expect.stringMatching(/the application is not affected: RangeError$/),
      ]);
    } finally {
      Error.prepareStackTrace = prepareStackTrace;
    }
  });
});

it('errors that differ from request to request emit a bounded number of warnings', async () => {
  const warning = jest.spyOn(process, 'emitWarning').mockImplementation();
  for (let request = 0; request < 1000; request += 1) {
    const refused = isAuthorized(() => {
      throw Object.assign(new Error(), { name: `Refused ${request}` });
    });
    expect(await refused).toBe(false);
  }
  expect(warning).toHaveBeenCalledTimes(100);
});
