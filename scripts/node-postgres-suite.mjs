// `node scripts/node-postgres-suite.mjs <checkout>`: runs node-postgres' own tests (pg, pg-pool, pg-cursor,
// pg-query-stream), which its npm packages do not hold, bare and instrumented, against an embedded Postgres, and
// prints the difference. The checkout (github.com/brianc/node-postgres) is only read; it needs no install.
import { rmSync } from 'node:fs';
import path from 'node:path';
import { compare, summary } from './node-postgres-suite/comparison.mjs';
import { layOut } from './node-postgres-suite/layout.mjs';
import { runFile, testFiles } from './node-postgres-suite/run.mjs';
import { startServer } from './node-postgres-suite/server.mjs';
import { reportFailure, repository, step } from './steps/command.mjs';
import { setUp } from './steps/install.mjs';
import { setUpInstallations } from './steps/installations.mjs';

const installation = path.join(repository, 'test/major-versions/otel-2');
/** A difference has to show in each of so many runs: some of these tests depend on time. */
const ATTEMPTS = 3;

try {
  const [checkout] = process.argv.slice(2);
  if (checkout === undefined) {
    throw new Error(
      'Usage: node scripts/node-postgres-suite.mjs <path of a checkout of brianc/node-postgres>',
    );
  }
  await setUp();
  await setUpInstallations();
  await runSuite(path.resolve(checkout));
} catch (error) {
  reportFailure(error);
}

async function runSuite(checkout) {
  const folder = await step('Laying out the checkout as installed packages', () =>
    layOut(checkout, installation),
  );
  const server = await step('Starting Postgres', startServer);
  try {
    const files = testFiles(folder);
    const comparisons = [];
    for (const [index, file] of files.entries()) {
      const comparison = await compareFile(file, server.env);
      comparisons.push(comparison);
      const count = comparison.differences.length === 0 ? '' : `  ${comparison.differences.length} different`;
      console.log(`${index + 1}/${files.length} ${file.name}${count}`);
      for (const failing of comparison.failing) console.log(`    fails uninstrumented: ${failing}`);
      for (const difference of comparison.differences) console.log(`    ${difference}`);
    }
    console.log(summary(comparisons));
    process.exitCode = comparisons.some(({ differences }) => differences.length > 0) ? 1 : 0;
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function compareFile(file, env) {
  const preload = path.join(repository, 'scripts/node-postgres-suite/preload.cjs');
  let comparison;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const bare = await runFile(file, env);
    const instrumented = await runFile(file, env, { preload, installation });
    comparison = compare(file.name, bare, instrumented);
    if (comparison.differences.length === 0) break;
  }
  return comparison;
}
