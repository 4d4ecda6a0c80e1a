// `npm run bench:alerts`: how soon an alert arrives, through real servers, and what alerts cost the collector. Writes the
// figures of docs/explanation/alerting.md. `--quick` only proves that the bench works: its figures are not kept.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { reportFailure, repository, step } from './steps/command.mjs';
import { setUp } from './steps/install.mjs';
import { setUpInstallations } from './steps/installations.mjs';
import { machine, today } from './steps/machine.mjs';
import { writeFigures } from './steps/page.mjs';
import { setUpServers } from './steps/servers.mjs';

const PAGE = 'explanation/alerting.md';
const MARKS = ['<!-- bench:alerts begin -->', '<!-- bench:alerts end -->'];
const SERVERS = ['collector', 'prometheus-3', 'alertmanager'];

try {
  const { values } = parseArgs({ options: { quick: { type: 'boolean' } } });
  await setUp();
  await setUpInstallations();
  const missing = (await setUpServers()).filter(({ name }) => SERVERS.includes(name));
  if (missing.length > 0) throw new Error(`bench:alerts needs ${missing.map(({ name }) => name).join(', ')}`);
  await bench(values);
} catch (error) {
  reportFailure(error);
}

async function bench({ quick }) {
  // What they import is installed and built by the set-up.
  const { EFFORT } = await import('../bench/alerts/trials.mjs');
  const { report } = await import('../bench/alerts/report.mjs');
  const figures = report(await measure(quick ? EFFORT.quick : EFFORT.full));
  console.log(figures);
  if (quick) console.log('\nQuick: this proves that the bench works, the figures mean nothing.');
  else writeFigures(PAGE, MARKS, figures);
}

async function measure(effort) {
  const { startPostgres } = await import('@pg-otel/testkit');
  const { measureLatency, slowTables } = await import('../bench/alerts/latency.mjs');
  const { record, TABLES } = await import('../bench/alerts/recording.mjs');
  const { measureThroughput } = await import('../bench/alerts/throughput.mjs');
  const { canPin } = await import('../bench/alerts/core.mjs');
  const postgres = await step('Starting Postgres', () =>
    startPostgres({ database: 'shop', maxConnections: 500 }),
  );
  let latency;
  let recorded;
  try {
    await prepare(postgres, `${TABLES}; ${slowTables(effort.slow.queries)}`);
    latency = await step('How soon alerts arrive', () => measureLatency({ postgres, effort }));
    recorded = await step('Recording what an application sends', () =>
      record({ postgres, requests: effort.load.requests }),
    );
  } finally {
    await postgres.stop();
  }
  const throughput = await step('How much the collector takes', () =>
    measureThroughput({ recorded, effort: effort.load }),
  );
  return { ...latency, throughput, isPinned: canPin, conditions: conditions(latency.versions) };
}

async function prepare({ url }, sql) {
  const { Client } = createRequire(import.meta.url)('pg');
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(sql);
  await client.end();
}

function conditions({ alertmanager, prometheus }) {
  const builder = readFileSync(path.join(repository, 'collector-config', 'builder-config.yaml'), 'utf8');
  const [, collector] = builder.match(/^ {2}version: (\S+)$/m);
  return (
    `Measured on ${today()} with collector ${collector}, Alertmanager ${alertmanager}, Prometheus ${prometheus} and ` +
    `Node ${process.version}, ${machine()}.`
  );
}
