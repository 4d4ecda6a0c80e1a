// `npm run bench:pool`: the figures and plots of three pages, from measurements on a real Postgres and from the simulation.
// `--only plan`: docs/explanation/pool-sizing.md, the plan of a pool. `--only managed`: docs/explanation/pool-management.md, the
// adaptive size. `--only simulation`: the simulated figures of that page, which need no server. `--only faults`:
// docs/explanation/pool-faults.md, by the test that injects them. `--quick` only proves that the bench works: its figures
// are not kept. `--render` measures nothing, and writes what the last run measured.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { reportFailure, repository, step } from './steps/command.mjs';
import { setUp } from './steps/install.mjs';
import { jest } from './steps/jest.mjs';
import { lastRun } from './steps/last-run.mjs';
import { machine, today } from './steps/machine.mjs';
import { writeFigures } from './steps/page.mjs';

const MARKS = ['<!-- bench:pool: begin -->', '<!-- bench:pool: end -->'];
const SIMULATION_MARKS = ['<!-- simulation: begin -->', '<!-- simulation: end -->'];
const PLAN = { page: 'explanation/pool-sizing.md', images: 'images/pool-sizing' };
const MANAGED = { page: 'explanation/pool-management.md', images: 'images/pool-management' };
const FAULTS = {
  page: 'explanation/pool-faults.md',
  marks: ['<!-- faults: begin -->', '<!-- faults: end -->'],
};
const PARTS = { plan: benchPlan, simulation: simulateManaged, managed: benchManaged, faults: injectFaults };

try {
  const { values } = parseArgs({
    options: { quick: { type: 'boolean' }, render: { type: 'boolean' }, only: { type: 'string' } },
  });
  const { only, ...how } = values;
  if (only !== undefined && PARTS[only] === undefined) {
    throw new Error(`--only must be one of ${Object.keys(PARTS).join(', ')}, got ${only}`);
  }
  await setUp();
  for (const [name, bench] of Object.entries(PARTS))
    if (only === undefined || only === name) await bench(how);
} catch (error) {
  reportFailure(error);
}

async function benchPlan({ quick, render }) {
  // What they import is installed and built by the set-up.
  const { EFFORT } = await import('../bench/pool/trials.mjs');
  const { report } = await import('../bench/pool/report.mjs');
  const { charts } = await import('../bench/pool/charts.mjs');
  const { withPlans } = await import('../bench/pool/waits.mjs');
  const measured = render
    ? lastRun('bench-pool').read()
    : await withLoad('../bench/pool/load-process.mjs', (stage) =>
        measurePlan(stage, quick ? EFFORT.quick : EFFORT.full),
      );
  const compared = { ...measured, waits: withPlans(measured.waits, measured.cores) };
  const figures = report({ ...compared, images: PLAN.images });
  const plots = charts(compared);
  console.log(figures);
  if (quick) return warnQuick();
  lastRun('bench-pool').write(measured);
  writeFigures(PLAN.page, MARKS, figures);
  writePlots(PLAN, plots);
}

async function measurePlan({ load, postgres, conditions, cores }, effort) {
  const { measureSizes } = await import('../bench/pool/sizes.mjs');
  const { measureWaits } = await import('../bench/pool/waits.mjs');
  const sizes = await measureSizes({ load, server: postgres.pid, cores, effort, step });
  const { waits, loops } = await measureWaits({ load, server: postgres.pid, sizes, effort, step });
  return { conditions, cores, sizes, waits, loops };
}

async function simulateManaged({ quick, render }) {
  if (quick || render) return;
  const { compare, comparisonTable, scenarios } = await import('../bench/pool/managed/simulation.mjs');
  const { managedCharts } = await import('../bench/pool/managed/charts.mjs');
  const comparisons = [];
  for (const scenario of scenarios()) {
    await step(`simulation: ${scenario.name}`, async () => comparisons.push(compare(scenario)));
  }
  writeFigures(MANAGED.page, SIMULATION_MARKS, `\n${comparisonTable(comparisons)}\n`);
  writePlots(MANAGED, managedCharts(comparisons));
}

async function benchManaged({ quick, render }) {
  const { EFFORT, measureManaged } = await import('../bench/pool/managed/measure.mjs');
  const { managedReport } = await import('../bench/pool/managed/report.mjs');
  const effort = quick ? EFFORT.quick : EFFORT.full;
  const measured = render
    ? lastRun('bench-pool-managed').read()
    : await withLoad('../bench/pool/managed/load-process.mjs', async ({ load, conditions }) => {
        return { conditions, ...(await measureManaged({ load, effort, step })) };
      });
  const figures = managedReport(measured);
  console.log(figures);
  if (quick) return warnQuick();
  lastRun('bench-pool-managed').write(measured);
  writeFigures(MANAGED.page, MARKS, `\n${figures}\n`);
}

async function injectFaults({ quick, render }) {
  if (quick || render) return;
  const table = path.join(repository, '.cache', 'pool-faults.md');
  mkdirSync(path.dirname(table), { recursive: true });
  process.env.FAULT_FIGURES = table;
  const code = await jest(['--config=jest.all.config.js', 'packages/pool/test/faults.long.test.ts']);
  if (code !== 0) throw new Error('a fault had another effect than described: its figures are not kept');
  writeFigures(FAULTS.page, FAULTS.marks, `\n${readFileSync(table, 'utf8')}\n`);
}

/** A Postgres, and the process of the callers. */
async function withLoad(program, measure) {
  const { startPostgres } = await import('@pg-otel/testkit');
  const { startLoad } = await import('../bench/pool/load.mjs');
  const { SCHEMA } = await import('../bench/pool/work.mjs');
  const cores = os.cpus().length;
  const postgres = await step('Starting Postgres', () =>
    startPostgres({ maxConnections: 500, settings: { jit: 'off' } }),
  );
  let load;
  try {
    // Its processes yield to the callers, as if the callers had a separate machine. It needs no privilege.
    os.setPriority(postgres.pid, 5);
    const version = await prepare(postgres, SCHEMA);
    load = await startLoad(environment(postgres.env), fileURLToPath(new URL(program, import.meta.url)));
    return await measure({ load, postgres, cores, conditions: conditions(version) });
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

function conditions(version) {
  const { version: pg } = createRequire(import.meta.url)('pg/package.json');
  return (
    `Measured on ${today()} with Postgres ${version}, pg ${pg} and Node ${process.version}, the server and its callers together ` +
    `on ${machine()}.`
  );
}

function warnQuick() {
  console.log('\nQuick: this proves that the bench works, the figures mean nothing.');
}

function writePlots({ page, images }, plots) {
  const folder = path.join(repository, 'docs', path.dirname(page), images);
  mkdirSync(folder, { recursive: true });
  for (const [name, svg] of Object.entries(plots)) writeFileSync(path.join(folder, name), svg);
}
