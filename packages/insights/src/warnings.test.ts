import { isAuthorized } from './http/access';

afterEach(() => jest.restoreAllMocks());

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
