// `npm run bench`: what our instrumentation costs compared with the standard one, the cheapest possible and none.
// Writes docs/explanation/performance.md. `--quick` only proves that the bench works: its figures are not kept.
// `--compare <folder>` measures another build as well, to see what a change is worth: a folder with the package.json
// and the dist of packages/instrumentation. `--only <major version>:<load>:<mode>`, as `otel-3:row:sampled`, measures
// one cell on a stub client, with the load `drivers` the drivers other than pg, with `managed` what the manager of a pool
// adds, with `insights` what `@pg-otel/insights` adds to the instrumentation; an empty part stands for all. `--only otel-3:whole:pool` measures the whole cost of a query on one load,
// `--only otel-3:startup` the start. Its figures are not kept.
// `--only :diagnosis` measures what questions about slow operations cost, and writes docs/explanation/diagnosis.md.
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { measure, NODE_OPTIONS } from '../bench/rounds.mjs';
import { reportFailure, repository, step } from './steps/command.mjs';
import { setUp } from './steps/install.mjs';
import { setUpInstallations } from './steps/installations.mjs';
import { writeFigures } from './steps/page.mjs';

const VERSIONS = ['otel-2', 'otel-3'];
const MODES = ['none', 'sampled', 'unsampled'];
const STUB_LOADS = ['row', 'noRow', 'stubPool'];
const SERVER_LOADS = ['client', 'pool'];
/** Of the drivers other than pg, and of pg for comparison. */
const DRIVER_LOADS = ['row', 'stubPool', 'neonHttp', 'neonWebSocket', 'postgresJs'];
/** Of the whole cost, export included: one on a stub, and those with a server. */
const WHOLE_LOADS = ['row', ...SERVER_LOADS];
/** A query on a server takes thirty times as long: fewer of them to warm up, and the compiler has its time. */
const SERVER_SHARE = 0.1;

const EFFORT = {
  full: {
    launches: 4,
    rounds: 30,
    warmUp: 20_000,
    starts: 25,
    running: { queries: 100_000, rounds: 40 },
    sanitising: { characters: 64_000, passes: 4, seconds: 0.2 },
    diagnosis: { sessions: [100, 1000], repetitions: 20 },
  },
  quick: {
    launches: 1,
    rounds: 2,
    warmUp: 200,
    starts: 1,
    running: { queries: 1_000, rounds: 2 },
    sanitising: { characters: 1_000, passes: 1, seconds: 0 },
    diagnosis: { sessions: [60], repetitions: 2 },
  },
};

const PAGE = 'explanation/performance.md';
const MARKS = ['<!-- bench: begin -->', '<!-- bench: end -->'];
const DIAGNOSIS_PAGE = 'explanation/diagnosis.md';
const DIAGNOSIS_MARKS = ['<!-- bench:diagnosis: begin -->', '<!-- bench:diagnosis: end -->'];

const named = (...variants) => variants.map((variant) => ({ name: variant, variant }));
/** Histograms have an end to choose where there is an SDK. */
const WITH_SDK = named('bare', 'standard', 'floor', 'instruments', 'ours');
const CONTESTANTS = {
  none: named('bare', 'standard', 'floor', 'ours'),
  sampled: WITH_SDK,
  unsampled: WITH_SDK,
};

const OF_DRIVERS = named('bare', 'ours');
const OF_MANAGED_POOL = [
  { name: 'bare', variant: 'bare', load: 'stubPool' },
  { name: 'managed', variant: 'bare', load: 'managedPool' },
  { name: 'retrying', variant: 'bare', load: 'retryingPool' },
];
/** Each query in the trace of all, in its own trace, and with the messages of a pool. */
const INSIGHTS_LOADS = ['row', 'requests', 'stubPool'];
const OF_INSIGHTS = named('ours', 'insights');

try {
  const { values } = parseArgs({
    options: { quick: { type: 'boolean' }, compare: { type: 'string' }, only: { type: 'string' } },
  });
  await setUp();
  await setUpInstallations();
  const effort = EFFORT[values.quick ? 'quick' : 'full'];
  const isWhole = values.only === undefined;
  if (isWhole) await bench(effort, values);
  if (isWhole || values.only === ':diagnosis') await benchDiagnosis(effort, values);
  else await benchCells(effort, values);
} catch (error) {
  reportFailure(error);
}

async function bench(effort, { quick, compare }) {
  const { measureSanitising } = await import('../bench/sanitising.mjs');
  const { report } = await import('../bench/report.mjs');
  const { stub, server, drivers } = await onAllLines(effort, compare);
  const whole = await measureWholeCost(effort, VERSIONS, WHOLE_LOADS);
  const startup = await measureStarts(effort, VERSIONS);
  const managed = await measureManaged(effort, VERSIONS);
  const insights = await measureInsights(effort, VERSIONS);
  const running = await step('The list of what runs', () => measureRunning(effort.running));
  const sanitising = await step('Sanitising', () => measureSanitising(effort.sanitising));
  const figures = report({
    conditions: conditions(),
    whole,
    startup,
    stub,
    server,
    drivers,
    managed,
    insights,
    running,
    sanitising,
  });
  console.log(figures);
  if (quick) console.log('\nQuick: this proves that the bench works, the figures mean nothing.');
  if (!quick && compare === undefined) writeFigures(PAGE, MARKS, figures);
}

async function benchDiagnosis(effort, { quick, compare }) {
  const { measureDiagnosis, reportDiagnosis } = await import('../bench/diagnosis.mjs');
  const measured = await step('Questions about slow operations', () => measureDiagnosis(effort.diagnosis));
  const date = new Date().toISOString().slice(0, 10);
  const machine = `Measured on ${date}, ${os.cpus().length} cores, ${os.type()} ${os.arch()}, PostgreSQL 18.`;
  const figures = `${machine}\n\n${reportDiagnosis(measured)}`;
  console.log(figures);
  if (!quick && compare === undefined) writeFigures(DIAGNOSIS_PAGE, DIAGNOSIS_MARKS, figures);
}

async function onAllLines(effort, compare) {
  const stub = [];
  const server = [];
  const drivers = [];
  await withPostgres(async (postgres) => {
    for (const version of VERSIONS) {
      const { folder, contest, at } = contestOf(version, effort, compare);
      for (const load of STUB_LOADS) {
        for (const mode of MODES) {
          const contestants = at(load, CONTESTANTS[mode]);
          const measured = await contest(load, contestants, mode, environment(), effort.warmUp);
          stub.push({ version, load, mode, measured });
        }
      }
      for (const load of SERVER_LOADS) {
        const warmUp = effort.warmUp * SERVER_SHARE;
        const contestants = at(load, CONTESTANTS.sampled);
        const measured = await contest(load, contestants, 'sampled', environment(postgres.env), warmUp);
        server.push({ version, load, measured });
      }
      drivers.push(...(await measureDrivers(effort, [version], MODES, compare)));
      rmSync(placeIn(folder), { recursive: true, force: true });
    }
  });
  return { stub, server, drivers };
}

/** On each load. */
async function measureWholeCost(effort, versions, loads) {
  // Needs what the set-up builds.
  const { measureWhole } = await import('../bench/whole/measure.mjs');
  const whole = [];
  await withPostgres(async (postgres) => {
    for (const version of versions) {
      const { node, folder } = placeOf(version);
      for (const load of loads) {
        const warmUp = load === 'row' ? effort.warmUp : effort.warmUp * SERVER_SHARE;
        const env = environment(postgres.env);
        const measured = await step(`${version}, ${load}, the whole cost`, () =>
          measureWhole({ node, env, folder, load, effort: { ...effort, warmUp } }),
        );
        whole.push({ version, load, measured });
      }
    }
  });
  return whole;
}

async function measureStarts({ starts }, versions) {
  // Needs what the set-up builds.
  const { measureStartup } = await import('../bench/startup.mjs');
  const startup = [];
  await withPostgres(async (postgres) => {
    for (const version of versions) {
      const env = environment(postgres.env);
      const measured = await step(`${version}, start-up`, () =>
        measureStartup({ ...placeOf(version), env, rounds: starts }),
      );
      startup.push({ version, measured });
    }
  });
  return startup;
}

/** With the table that the loads read. */
async function withPostgres(work) {
  // Built by the set-up.
  const { startPostgres } = await import('@pg-otel/testkit');
  const { SCHEMA } = await import('../bench/loads.mjs');
  const postgres = await step('Starting Postgres', () => startPostgres());
  try {
    await createTable(postgres, SCHEMA);
    await work(postgres);
  } finally {
    await postgres.stop();
  }
}

/** What runs contestants of a major version against each other, and gives each its load. */
function contestOf(version, effort, compare) {
  const { node, folder } = placeOf(version);
  const other =
    compare === undefined ? [] : [{ name: 'compared', variant: 'ours', build: place(compare, folder) }];
  const contest = (title, contestants, mode, env, warmUp) =>
    step(`${version}, ${title}, ${mode}`, () =>
      measure({ node, folder, mode, env, contestants, effort: { ...effort, warmUp } }),
    );
  const at = (load, contestants) => [...contestants, ...other].map((each) => ({ ...each, load }));
  return { folder, contest, at };
}

function placeOf(version) {
  return { node: nodeOf(version), folder: path.join(repository, 'test', 'major-versions', version) };
}

/** Cells of the table of the stub client. */
async function benchCells(effort, { compare, only }) {
  const { reportDrivers, reportInsights, reportManaged, reportStartup, reportStub, reportWhole } =
    await import('../bench/report.mjs');
  const [wantedVersion, wantedLoad, wantedMode] = only.split(':');
  const wanted = (all, one) => all.filter((each) => !one || each === one);
  if (wantedLoad === 'managed') {
    console.log(reportManaged(await measureManaged(effort, wanted(VERSIONS, wantedVersion))));
    return;
  }
  if (wantedLoad === 'insights') {
    console.log(reportInsights(await measureInsights(effort, wanted(VERSIONS, wantedVersion))));
    return;
  }
  if (wantedLoad === 'drivers') {
    const modes = wanted(MODES, wantedMode);
    console.log(reportDrivers(await measureDrivers(effort, wanted(VERSIONS, wantedVersion), modes, compare)));
    return;
  }
  if (wantedLoad === 'whole') {
    const chosen = wanted(WHOLE_LOADS, wantedMode);
    console.log(reportWhole(await measureWholeCost(effort, wanted(VERSIONS, wantedVersion), chosen)));
    return;
  }
  if (wantedLoad === 'startup') {
    console.log(reportStartup(await measureStarts(effort, wanted(VERSIONS, wantedVersion))));
    return;
  }
  const stub = [];
  for (const version of wanted(VERSIONS, wantedVersion)) {
    const { folder, contest, at } = contestOf(version, effort, compare);
    for (const load of wanted(STUB_LOADS, wantedLoad)) {
      for (const mode of wanted(MODES, wantedMode)) {
        const contestants = at(load, CONTESTANTS[mode]);
        stub.push({
          version,
          load,
          mode,
          measured: await contest(load, contestants, mode, environment(), effort.warmUp),
        });
      }
    }
    rmSync(placeIn(folder), { recursive: true, force: true });
  }
  if (stub.length === 0) throw new Error(`no cell matches --only ${only}`);
  console.log(reportStub(stub));
}

async function measureDrivers(effort, versions, modes, compare) {
  const drivers = [];
  for (const version of versions) {
    const { contest, at } = contestOf(version, effort, compare);
    for (const mode of modes) {
      const contestants = DRIVER_LOADS.flatMap((load) => at(load, OF_DRIVERS)).map(withLoadInName);
      const measured = await contest('other drivers', contestants, mode, environment(), effort.warmUp);
      drivers.push({ version, mode, byLoad: byLoad(measured) });
    }
  }
  return drivers;
}

async function measureManaged(effort, versions) {
  const managed = [];
  for (const version of versions) {
    const { contest } = contestOf(version, effort);
    const measured = await contest('managed pool', OF_MANAGED_POOL, 'none', environment(), effort.warmUp);
    managed.push({ version, measured });
  }
  return managed;
}

async function measureInsights(effort, versions) {
  const insights = [];
  for (const version of versions) {
    const { contest, at } = contestOf(version, effort);
    const contestants = INSIGHTS_LOADS.flatMap((load) => at(load, OF_INSIGHTS)).map(withLoadInName);
    const measured = await contest('insights', contestants, 'sampled', environment(), effort.warmUp);
    insights.push({ version, byLoad: byLoad(measured) });
  }
  return insights;
}

/** Where several loads are measured in one run. */
function withLoadInName({ name, load, ...contestant }) {
  return { ...contestant, load, name: `${load} ${name}` };
}

function byLoad(measured) {
  const results = {};
  for (const [name, result] of Object.entries(measured)) {
    const [load, contestant] = name.split(' ');
    results[load] = { ...results[load], [contestant]: result };
  }
  return results;
}

/** On the Node of each major version. */
function measureRunning(effort) {
  const script = path.join(repository, 'bench', 'running.mjs');
  return VERSIONS.map((version) => {
    const { status, stdout, stderr } = spawnSync(
      nodeOf(version),
      [...NODE_OPTIONS, script, JSON.stringify(effort)],
      { env: environment(), encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(`bench/running.mjs ended with code ${status}:\n${stderr}`);
    return { version, ...JSON.parse(stdout) };
  });
}

function nodeOf(version) {
  // Built by the set-up.
  const { runtimes } = createRequire(import.meta.url)('@pg-otel/testkit');
  return runtimes().find((runtime) => runtime.installation === version).node;
}

async function createTable({ url }, sql) {
  const { Client } = createRequire(import.meta.url)('pg');
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(sql);
  await client.end();
}

/** Without variables that would configure pg, Node or an SDK. */
function environment(more = {}) {
  const own = Object.entries(process.env).filter(([name]) => !/^(OTEL_|PG|NODE_)/.test(name));
  return { ...Object.fromEntries(own), ...more };
}

/** Puts a build where it finds that version's packages; returns what to require. */
function place(build, folder) {
  const target = placeIn(folder);
  rmSync(target, { recursive: true, force: true });
  for (const part of ['package.json', 'dist']) {
    cpSync(path.join(build, part), path.join(target, part), { recursive: true });
  }
  return target;
}

function placeIn(folder) {
  return path.join(folder, 'node_modules', '.pg-otel-compared');
}

function conditions() {
  const lines = VERSIONS.map((version) => {
    const node = spawnSync(nodeOf(version), ['--version'], { encoding: 'utf8' }).stdout.trim();
    const of = (name) =>
      versionOf(path.join(repository, 'test', 'major-versions', version, 'node_modules', name));
    return (
      `Node ${node} with @opentelemetry/sdk-trace ${of('@opentelemetry/sdk-trace')}, ` +
      `instrumentation-pg ${of('@opentelemetry/instrumentation-pg')}, pg ${of('pg')}, postgres ${of('postgres')}, Neon's driver ${neonOf(version)}`
    );
  });
  const date = new Date().toISOString().slice(0, 10);
  return `Measured on ${date}, ${os.cpus().length} cores, ${os.type()} ${os.arch()}: ${lines.join('; ')}.`;
}

/** The version of Neon's driver, read next to the file that `require` finds, because the package exports nothing else. */
function neonOf(version) {
  const { resolve } = createRequire(path.join(repository, 'test', 'major-versions', version, 'package.json'));
  return versionOf(path.dirname(resolve('@neondatabase/serverless')));
}

function versionOf(folder) {
  return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')).version;
}
