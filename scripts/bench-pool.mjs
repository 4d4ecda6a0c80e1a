// `npm run bench:pool`: compares the plan of a pool with the measurements on a real Postgres. Writes the figures and plots
// of docs/explanation/pool-sizing.md. `--quick` only proves that the bench works: its figures are not kept. `--render` measures
// nothing, and holds what the last run measured against the plans of today.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { reportFailure, repository, step } from './steps/command.mjs';
import { setUp } from './steps/install.mjs';
import { writeFigures } from './steps/page.mjs';

const PAGE = 'explanation/pool-sizing.md';
const MARKS = ['<!-- bench:pool: begin -->', '<!-- bench:pool: end -->'];
const IMAGES = 'images/pool-sizing';
const lastRun = path.join(repository, '.cache', 'bench-pool.json');

try {
  const { values } = parseArgs({ options: { quick: { type: 'boolean' }, render: { type: 'boolean' } } });
  await setUp();
  await bench(values);
} catch (error) {
  reportFailure(error);
}

async function bench({ quick, render }) {
  // What they import is installed and built by the set-up.
  const { EFFORT } = await import('../bench/pool/trials.mjs');
  const { report } = await import('../bench/pool/report.mjs');
  const { charts } = await import('../bench/pool/charts.mjs');
  const { withPlans } = await import('../bench/pool/waits.mjs');
  const measured = render
    ? JSON.parse(readFileSync(lastRun, 'utf8'))
    : await measure(quick ? EFFORT.quick : EFFORT.full);
  const compared = { ...measured, waits: withPlans(measured.waits, measured.cores) };
  const figures = report({ ...compared, images: IMAGES });
  const plots = charts(compared);
  console.log(figures);
  if (quick) {
    console.log('\nQuick: this proves that the bench works, the figures mean nothing.');
  } else {
    mkdirSync(path.dirname(lastRun), { recursive: true });
    writeFileSync(lastRun, JSON.stringify(measured));
    writeFigures(PAGE, MARKS, figures);
    writePlots(plots);
  }
}

async function measure(effort) {
  const { startPostgres } = await import('@pg-otel/testkit');
  const { startLoad } = await import('../bench/pool/load.mjs');
  const { SCHEMA } = await import('../bench/pool/work.mjs');
  const { measureSizes } = await import('../bench/pool/sizes.mjs');
  const { measureWaits } = await import('../bench/pool/waits.mjs');
  const cores = os.cpus().length;
  const postgres = await step('Starting Postgres', () =>
    startPostgres({ maxConnections: 500, settings: { jit: 'off' } }),
  );
  let load;
  try {
    // Its processes yield to the callers, as if the callers had a separate machine. It needs no privilege.
    os.setPriority(postgres.pid, 5);
    const version = await prepare(postgres, SCHEMA);
    load = await startLoad(environment(postgres.env));
    const sizes = await measureSizes({ load, server: postgres.pid, cores, effort, step });
    const { waits, loops } = await measureWaits({ load, server: postgres.pid, sizes, effort, step });
    return { conditions: conditions(version, cores), cores, sizes, waits, loops };
  } finally {
    load?.stop();
    await postgres.stop();
  }
}

async function prepare({ url }, sql) {
  const { Client } = createRequire(import.meta.url)('pg');
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(sql);
  const { rows } = await client.query('SHOW server_version');
  await client.end();
  return rows[0].server_version;
}

/** Without variables that would configure pg or Node. */
function environment(more) {
  const own = Object.entries(process.env).filter(([name]) => !/^(PG|NODE_)/.test(name));
  return { ...Object.fromEntries(own), ...more };
}

function conditions(version, cores) {
  const date = new Date().toISOString().slice(0, 10);
  const { version: pg } = createRequire(import.meta.url)('pg/package.json');
  return (
    `Measured on ${date} with Postgres ${version}, pg ${pg} and Node ${process.version}, the server and its callers together ` +
    `on ${cores} cores, ${os.type()} ${os.arch()}.`
  );
}

function writePlots(plots) {
  const folder = path.join(repository, 'docs', path.dirname(PAGE), IMAGES);
  mkdirSync(folder, { recursive: true });
  for (const [name, svg] of Object.entries(plots)) writeFileSync(path.join(folder, name), svg);
}
