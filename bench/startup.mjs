import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startReceiver } from './whole/receiver.mjs';
import { ONLY_POSTGRES } from './whole/stages.mjs';

/** Reports what the process has used when its first query is answered, and when the span of that has left. */
const program = `
  const { trace } = require('@opentelemetry/api');
  const { Client } = require('pg');
  const used = () => {
    const { user, system } = process.cpuUsage();
    return { cpu: (user + system) / 1000, elapsed: performance.now(), memory: process.memoryUsage.rss() / 2 ** 20 };
  };
  async function main() {
    const client = new Client();
    await client.connect();
    await client.query('select 1');
    const answered = used();
    await trace.getTracerProvider().getDelegate().forceFlush?.();
    console.log(JSON.stringify({ answered, exported: used() }));
    process.exit();
  }
  void main();`;
const standard = `
  const { NodeSDK } = require('@opentelemetry/sdk-node');
  const { PgInstrumentation } = require('@opentelemetry/instrumentation-pg');
  new NodeSDK({ instrumentations: [new PgInstrumentation()] }).start();`;
const contestants = {
  bare: [],
  standard: ['--require', './standard.cjs'],
  ours: ['--require', 'pg-otel/register'],
};

/**
 * What a set-up adds to the start of a process: started in turn, so many times. Resolves with
 * `{ name: { answered: { cpu, elapsed, memory }, exported } }`, lists of milliseconds and MiB with one value for each round.
 */
export async function measureStartup({ node, env, folder, rounds }) {
  const receiver = await startReceiver();
  const place = mkdtempSync(path.join(folder, '.startup-'));
  try {
    writeFileSync(path.join(place, 'program.cjs'), program);
    writeFileSync(path.join(place, 'standard.cjs'), standard);
    const start = (name) =>
      run(node, [...contestants[name], 'program.cjs'], {
        cwd: place,
        env: { ...env, ...ONLY_POSTGRES, OTEL_EXPORTER_OTLP_ENDPOINT: `${receiver.url}/start` },
      });
    const results = Object.fromEntries(Object.keys(contestants).map((name) => [name, emptyResult()]));
    // The first of each fills the caches of the file system.
    for (const name of Object.keys(contestants)) await start(name);
    for (let round = 0; round < rounds; round++) {
      for (const [name, result] of Object.entries(results)) add(result, await start(name));
    }
    return results;
  } finally {
    rmSync(place, { recursive: true });
    receiver.stop();
  }
}

async function run(node, args, options) {
  const child = spawn(node, args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (part) => {
    output += part;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`bench: \`node ${args.join(' ')}\` ended with code ${code}`);
  return JSON.parse(output);
}

function emptyResult() {
  const lists = () => ({ cpu: [], elapsed: [], memory: [] });
  return { answered: lists(), exported: lists() };
}

function add(result, measured) {
  for (const [moment, values] of Object.entries(measured)) {
    for (const [of, value] of Object.entries(values)) result[moment][of].push(value);
  }
}
