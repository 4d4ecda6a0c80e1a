import { execFile } from 'node:child_process';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { repository } from '@pg-otel/testkit';

const run = promisify(execFile);

it('npm run demo -- --blocked shows who blocks whom', async () => {
  const program = path.join(repository, 'scripts/demo.mjs');
  const { stdout } = await run(process.execPath, [program, '--blocked', '--json'], { timeout: 240_000 });
  const { slow, requests } = JSON.parse(stdout);
  const explained = slow.flatMap(({ name, diagnosis }: { name: string; diagnosis?: object }) =>
    diagnosis === undefined ? [] : [{ name, ...diagnosis }],
  );

  const aTraceId = expect.stringMatching(/^[0-9a-f]{32}$/);
  expect(explained).toEqual(
    expect.arrayContaining([
      {
        name: 'UPDATE products',
        kinds: ['lock'],
        certainty: 'proven',
        reason: expect.stringMatching(
          /^has waited .* for a row of `products`, held by this process \(pid \d+\), whose transaction has been idle for .*; last statement `UPDATE products`$/,
        ),
        blockerTraceId: aTraceId,
      },
      {
        name: 'SELECT products',
        kinds: ['blocked_by_itself'],
        certainty: 'proven',
        reason: expect.stringMatching(/^has waited .* held by its own request in another session /),
        blockerTraceId: aTraceId,
      },
    ]),
  );
  // The payment and the order succeed. What waits for itself ends with the time limit for locks.
  expect(requests['POST /payments']).toEqual({ 201: expect.any(Number) });
  expect(requests['POST /returns']).toEqual({ 500: expect.any(Number) });
});
