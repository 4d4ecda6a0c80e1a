import { isAuthorized } from './http/access';
import type { warnOnce } from './warnings';

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
