// `npm run bench`: what our instrumentation costs beside the standard one, the cheapest possible and none.
// Writes docs/performance.md. `--quick` only proves that the bench works: its figures are not kept.
// `--beside <folder>` measures another build as well, to see what a change is worth: a folder with the package.json
// and the dist of packages/instrumentation.
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { measure } from '../bench/rounds.mjs';
import { reportFailure, repository, step } from './steps/command.mjs';
import { setUp } from './steps/install.mjs';
import { setUpLines } from './steps/lines.mjs';

const LINES = ['otel-2', 'otel-3'];
const MODES = ['none', 'sampled', 'unsampled'];
const STUB_LOADS = ['row', 'noRow'];
const SERVER_LOADS = ['client', 'pool'];
/** A query on a server takes thirty times as long: fewer of them to warm up, and the compiler has its time. */
const SERVER_SHARE = 0.1;

const EFFORT = {
  full: {
    launches: 4,
    rounds: 30,
    warmUp: 20_000,
    sanitising: { characters: 64_000, passes: 4, seconds: 0.2 },
  },
  quick: { launches: 1, rounds: 2, warmUp: 200, sanitising: { characters: 1_000, passes: 1, seconds: 0 } },
};

const page = path.join(repository, 'docs', 'performance.md');
const MARKS = ['<!-- bench: begin -->', '<!-- bench: end -->'];

const RIVALS = ['bare', 'standard', 'floor'].map((variant) => ({ name: variant, variant }));
const OURS = { name: 'ours', variant: 'ours' };

try {
  const { values } = parseArgs({ options: { quick: { type: 'boolean' }, beside: { type: 'string' } } });
  await setUp();
  await setUpLines();
  await bench(EFFORT[values.quick ? 'quick' : 'full'], values);
} catch (error) {
  reportFailure(error);
}

async function bench(effort, { quick, beside }) {
  const { measureSanitising } = await import('../bench/sanitising.mjs');
  const { report } = await import('../bench/report.mjs');
  const ours = beside === undefined ? [OURS] : [OURS, { name: 'beside', variant: 'ours', build: beside }];
  const { stub, server } = await onAllLines(effort, ours);
  const sanitising = await step('Sanitising', () => measureSanitising(effort.sanitising));
  const figures = report({ conditions: conditions(), stub, server, sanitising });
  console.log(figures);
  if (quick) console.log('\nQuick: this proves that the bench works, the figures mean nothing.');
  if (!quick && beside === undefined) write(figures);
}

async function onAllLines(effort, ours) {
  // Built by the set-up.
  const { runtimes, startPostgres } = await import('@pg-otel/testkit');
  const { SCHEMA } = await import('../bench/loads.mjs');
  const stub = [];
  const server = [];
  const postgres = await step('Starting Postgres', () => startPostgres());
  try {
    await createTable(postgres, SCHEMA);
    for (const line of LINES) {
      const { node } = runtimes().find((runtime) => runtime.line === line);
      const folder = path.join(repository, 'test', 'lines', line);
      const placed = ours.map((each) => (each.build ? { ...each, build: place(each.build, folder) } : each));
      const contestants = [...RIVALS, ...placed];
      const contest = (load, mode, env, warmUp) =>
        step(`${line}, ${load}, ${mode}`, () =>
          measure({ node, folder, load, mode, env, contestants, effort: { ...effort, warmUp } }),
        );
      for (const load of STUB_LOADS) {
        for (const mode of MODES) {
          stub.push({ line, load, mode, measured: await contest(load, mode, environment(), effort.warmUp) });
        }
      }
      for (const load of SERVER_LOADS) {
        const warmUp = effort.warmUp * SERVER_SHARE;
        const measured = await contest(load, 'sampled', environment(postgres.env), warmUp);
        server.push({ line, load, measured });
      }
      rmSync(placeIn(folder), { recursive: true, force: true });
    }
  } finally {
    await postgres.stop();
  }
  return { stub, server };
}

async function createTable({ url }, sql) {
  const { Client } = createRequire(import.meta.url)('pg');
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(sql);
  await client.end();
}

/** Without whatever would configure pg, Node or an SDK. */
function environment(more = {}) {
  const own = Object.entries(process.env).filter(([name]) => !/^(OTEL_|PG|NODE_)/.test(name));
  return { ...Object.fromEntries(own), ...more };
}

/** Puts a build where it finds the line's packages; returns what to require. */
function place(build, folder) {
  const target = placeIn(folder);
  rmSync(target, { recursive: true, force: true });
  for (const part of ['package.json', 'dist']) {
    cpSync(path.join(build, part), path.join(target, part), { recursive: true });
  }
  return target;
}

function placeIn(folder) {
  return path.join(folder, 'node_modules', '.pg-otel-beside');
}

function conditions() {
  const { runtimes } = createRequire(import.meta.url)('@pg-otel/testkit');
  const lines = LINES.map((line) => {
    const { node } = runtimes().find((runtime) => runtime.line === line);
    const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
    const of = (name) => versionOf(path.join(repository, 'test', 'lines', line, 'node_modules', name));
    return (
      `Node ${version} with @opentelemetry/sdk-trace ${of('@opentelemetry/sdk-trace')}, ` +
      `instrumentation-pg ${of('@opentelemetry/instrumentation-pg')}, pg ${of('pg')}`
    );
  });
  const date = new Date().toISOString().slice(0, 10);
  return `Measured on ${date}, ${os.cpus().length} cores, ${os.type()} ${os.arch()}: ${lines.join('; ')}.`;
}

function versionOf(folder) {
  return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')).version;
}

function write(figures) {
  const text = readFileSync(page, 'utf8');
  const [begin, end] = MARKS.map((mark) => text.indexOf(mark));
  if (begin === -1 || end < begin)
    throw new Error(`docs/performance.md needs the lines ${MARKS.join(' and ')}`);
  writeFileSync(page, `${text.slice(0, begin + MARKS[0].length)}\n${figures}\n${text.slice(end)}`);
}
