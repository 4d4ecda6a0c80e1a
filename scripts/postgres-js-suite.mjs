// `node scripts/postgres-js-suite.mjs <checkout> [runs]`: runs the tests of Postgres.js, which its npm package does not
// hold, in both builds, uninstrumented and instrumented, against two embedded Postgres servers, and prints a table. Some
// of these tests depend on time, so each kind of run is repeated (default: 3). The checkout (github.com/porsager/postgres)
// is only read. Its tests need the programs psql, createdb and dropdb.
import { rmSync } from 'node:fs';
import path from 'node:path';
import { layOut } from './postgres-js-suite/layout.mjs';
import { runTests } from './postgres-js-suite/run.mjs';
import { startServers } from './postgres-js-suite/servers.mjs';
import { reportFailure, repository, step } from './steps/command.mjs';
import { setUp } from './steps/install.mjs';
import { setUpInstallations } from './steps/installations.mjs';

const installation = path.join(repository, 'test/major-versions/otel-2');
const BUILDS = ['CommonJS', 'ESM'];

try {
  const [checkout, runs = '3'] = process.argv.slice(2);
  if (checkout === undefined) {
    throw new Error(
      'Usage: node scripts/postgres-js-suite.mjs <path of a checkout of porsager/postgres> [runs]',
    );
  }
  await setUp();
  await setUpInstallations();
  await runSuite(path.resolve(checkout), Number(runs));
} catch (error) {
  reportFailure(error);
}

async function runSuite(checkout, runs) {
  const results = [];
  for (let run = 1; run <= runs; run++) {
    for (const build of BUILDS) {
      for (const isInstrumented of [false, true]) {
        const result = await runOnce(checkout, build, isInstrumented);
        results.push({ build, isInstrumented, ...result });
        const { passed, failed, spans } = result;
        const kind = isInstrumented ? `instrumented, ${spans} spans` : 'uninstrumented';
        console.log(`${run}/${runs} ${build}, ${kind}: ${passed} passed, ${failed.length} failed`);
        for (const name of failed) console.log(`    ${name}`);
      }
    }
  }
  console.log(table(results));
}

/** On new servers, because the tests change their settings. */
async function runOnce(checkout, build, isInstrumented) {
  const servers = await step('Starting Postgres', startServers);
  const folder = layOut(checkout, servers.ports);
  try {
    return await runTests({ folder, build, env: servers.env, isInstrumented, installation });
  } finally {
    await servers.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Tests passed in each run, in Markdown, as docs/reference/compatibility.md has it. */
function table(results) {
  const rows = BUILDS.map((build) => {
    const of = (isInstrumented) =>
      results.filter((one) => one.build === build && one.isInstrumented === isInstrumented);
    const cell = (isInstrumented) =>
      of(isInstrumented)
        .map(({ passed, failed }) => `${passed} of ${passed + failed.length}`)
        .join(', ');
    return `| ${build} | ${cell(false)} | ${cell(true)} | ${Math.max(...of(true).map(({ spans }) => spans))} |`;
  });
  return ['| build | uninstrumented | instrumented | spans |', '|---|---|---|---|', ...rows].join('\n');
}
