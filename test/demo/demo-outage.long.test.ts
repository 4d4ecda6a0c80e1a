import { execFile } from 'node:child_process';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { repository } from '@pg-otel/testkit';

const run = promisify(execFile);

it('npm run demo -- --outage shows health, recovery and retries', async () => {
  const program = path.join(repository, 'scripts/demo.mjs');
  const { stdout } = await run(process.execPath, [program, '--outage', '--json'], { timeout: 240_000 });
  const { managedPool, requests } = JSON.parse(stdout);

  expect(managedPool).toEqual({
    health: 'up',
    recoveries: expect.any(Number),
    meanRecoveryMillis: expect.any(Number),
    retries: expect.objectContaining({ retried: expect.any(Number) }),
    resizes: expect.any(Object),
    changes: expect.arrayContaining([
      expect.stringMatching(
        /^The health of pool shop is down after (a failure|\d+ failures in a row) \(ECONNREFUSED\)/,
      ),
      expect.stringMatching(/^The health of pool shop is up, was /),
    ]),
  });
  expect(managedPool.recoveries).toBeGreaterThan(0);
  // The server is stopped for ten seconds. Retries cannot bridge that, so requests fail as without a manager.
  expect(managedPool.meanRecoveryMillis).toBeGreaterThan(5_000);
  expect(Object.keys(requests['GET /product'])).toEqual(expect.arrayContaining(['200', '500']));
});
