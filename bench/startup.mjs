/**
 * What the distribution adds to the start of a process: `node bench/startup.mjs [rounds]`, after `npm run setup`.
 * A program that only loads `pg`, in turn bare, with NodeSDK and the standard instrumentation, and with
 * pg-otel/register; differences are of the best rounds, ratios the median of those within a round. Figures: docs/explanation/performance.md.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { installationFolder, runtimes } from '@pg-otel/testkit';

const rounds = Number(process.argv[2] ?? 21);

const program = `
  require('pg');
  process.on('exit', () => {
    const { user, system } = process.cpuUsage();
    console.log(JSON.stringify({ cpu: (user + system) / 1000, rss: process.memoryUsage.rss() / 2 ** 20 }));
  });`;
const standard = `
  const { NodeSDK } = require('@opentelemetry/sdk-node');
  const { PgInstrumentation } = require('@opentelemetry/instrumentation-pg');
  new NodeSDK({ instrumentations: [new PgInstrumentation()] }).start();`;
const contestants = {
  bare: [],
  standard: ['--require', './standard.cjs'],
  'pg-otel': ['--require', 'pg-otel/register'],
};

console.log('| | | elapsed, ms | CPU, ms | memory (RSS), MiB |\n|---|---|---|---|---|');
for (const runtime of runtimes()) {
  const folder = mkdtempSync(path.join(installationFolder(runtime.installation), '.startup-'));
  try {
    writeFileSync(path.join(folder, 'program.cjs'), program);
    writeFileSync(path.join(folder, 'standard.cjs'), standard);
    report(runtime, measure(runtime.node, folder));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function measure(node, cwd) {
  const results = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
  // The first round fills the caches of the file system.
  for (let round = 0; round <= rounds; round++) {
    for (const [name, args] of Object.entries(contestants)) {
      const start = performance.now();
      const { stdout, stderr, status } = spawnSync(node, [...args, 'program.cjs'], { cwd, encoding: 'utf8' });
      const elapsed = performance.now() - start;
      if (status !== 0) throw new Error(`${name} ended with ${status}:\n${stderr}`);
      if (round > 0) results[name].push({ elapsed, ...JSON.parse(stdout) });
    }
  }
  return results;
}

function report(runtime, results) {
  for (const [name, ofName] of Object.entries(results)) {
    const cells = ['elapsed', 'cpu', 'rss'].map((measure) => {
      if (name === 'bare') return least(ofName, measure).toFixed(0);
      const added = least(ofName, measure) - least(results.bare, measure);
      const ratios = ofName.map((result, round) => result[measure] / results.bare[round][measure]);
      return `+${added.toFixed(0)} (× ${median(ratios).toFixed(1)})`;
    });
    console.log(`| ${runtime} | ${name} | ${cells.join(' | ')} |`);
  }
}

/** What is left when nothing else disturbs. */
function least(results, measure) {
  return Math.min(...results.map((result) => result[measure]));
}

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
