// Spans per second that one core of the collector takes, with the alert branch and without.
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startProfileCollector } from '@pg-otel/testkit';
import { parse, stringify } from 'yaml';
import { startLoad } from '../pool/load.mjs';
import { compiled } from './chain.mjs';
import { CORES, pin } from './core.mjs';
import { MIXES } from './trials.mjs';

const program = fileURLToPath(new URL('./load-process.mjs', import.meta.url));
/** The load outlasts the window that is measured. */
const TAIL_SECONDS = 0.5;
const MIB = 1024 * 1024;

/** `{ mix: { with: [cell], without: [cell] } }`, in turn, so that what drifts concerns both. */
export async function measureThroughput({ recorded, effort }) {
  const load = await startLoad({ PATH: process.env.PATH }, program);
  try {
    pin(load.pid, CORES.load);
    const sinks = await load.run('sinks');
    const configs = variants();
    const results = {};
    for (const name of Object.keys(MIXES)) results[name] = { with: [], without: [] };
    for (let round = 0; round < effort.rounds; round++) {
      for (const [name, mix] of Object.entries(MIXES)) {
        for (const [variant, config] of Object.entries(configs)) {
          const cell = await measureCell({ ...{ load, sinks, config, recorded, mix }, ...effort });
          if (cell.delivered > 0 !== (variant === 'with'))
            throw new Error(`bench: ${variant} the alert branch ${cell.delivered} alerts were delivered`);
          results[name][variant].push(cell);
        }
      }
    }
    return results;
  } finally {
    load.stop();
  }
}

/** The compiled configuration, and the same without its alert branch: log records are taken and go nowhere. */
function variants() {
  const config = compiled()('single/collector.yaml');
  const bare = parse(config);
  const { pipelines } = bare.service;
  for (const name of Object.keys(pipelines)) {
    if (name.startsWith('logs/') || name === 'metrics/breaches') delete pipelines[name];
  }
  bare.exporters.debug = {};
  pipelines.logs = { receivers: ['otlp'], processors: ['memory_limiter'], exporters: ['debug'] };
  return { with: config, without: stringify(bare) };
}

async function measureCell({ load, sinks, config, recorded, mix, warmUpSeconds, seconds }) {
  const collector = await startProfileCollector({
    configs: [{ text: config }],
    env: {
      // What the head of the configuration recommends for its memory limit.
      ...{ GOMAXPROCS: '1', GOMEMLIMIT: '320MiB' },
      PG_OTEL_BRIDGE_ENDPOINT: `http://127.0.0.1:${sinks.alerts}`,
      TRACES_ENDPOINT: `127.0.0.1:${sinks.traces}`,
    },
  });
  try {
    pin(collector.pid, CORES.collector);
    const task = { port: collector.ports.http, recorded, mix };
    const driven = load.run('drive', { ...task, seconds: warmUpSeconds + seconds + TAIL_SECONDS });
    // Waited for below.
    driven.catch(() => {});
    await sleep(warmUpSeconds * 1000);
    const from = await sample(collector);
    const peak = await peakMemory(collector, seconds);
    const until = await sample(collector);
    const { refused, taken, delivered, busy } = await driven;
    const of = (name) => until[name] - from[name];
    return {
      spansPerSecond: of('spans') / of('at'),
      logsPerSecond: of('logs') / of('at'),
      sentPerSecond: of('sent') / of('at'),
      busy: of('cpu') / of('at'),
      cpuSeconds: (of('cpu') / of('spans')) * 100_000,
      memoryMib: peak / MIB,
      refused: refused / (refused + taken),
      delivered,
      loadBusy: busy,
    };
  } finally {
    await collector.kill();
    await collector.stop();
  }
}

async function peakMemory(collector, seconds) {
  let peak = 0;
  for (let second = 0; second < seconds; second++) {
    await sleep(1000);
    peak = Math.max(peak, (await sample(collector)).memory);
  }
  return peak;
}

const METRICS = {
  spans: 'otelcol_receiver_accepted_spans',
  logs: 'otelcol_receiver_accepted_log_records',
  sent: 'otelcol_exporter_sent_spans',
  cpu: 'otelcol_process_cpu_seconds',
  memory: 'otelcol_process_memory_rss',
};

/** The collector's own metrics, without the suffixes that depend on its version. */
async function sample(collector) {
  const response = await collector.fetch(`http://127.0.0.1:${collector.ports.metrics}/metrics`);
  const lines = (await response.text()).split('\n');
  // It counted before it answered, and answered before we read.
  const at = performance.now() / 1000;
  const sum = (name) =>
    lines
      .filter((line) => line.startsWith(name))
      .reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
  return { at, ...Object.fromEntries(Object.entries(METRICS).map(([key, name]) => [key, sum(name)])) };
}
