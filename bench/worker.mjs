// One variant in a separate process. It works on request, and is idle otherwise.
import { createRequire } from 'node:module';
import path from 'node:path';
import { drivers, loads } from './loads.mjs';
import { prove } from './proof.mjs';
import { startSdk } from './sdk.mjs';
import { variants } from './variants.mjs';

const contestant = JSON.parse(process.argv[2]);
const { folder, load, mode, variant, build } = contestant;
const requireOfLine = createRequire(path.join(folder, 'package.json'));
const requireOfRepository = createRequire(import.meta.url);

const { metricProducers, start } = variants[variant](requireOfLine, build);
const { inParent, seen } = startSdk(requireOfLine, mode, metricProducers);
const insights = start();
if (contestant.inApplication) loadApplication();
const run = await loads[load](requireOfLine(drivers[load] ?? 'pg'), requireOfLine('@opentelemetry/api'));
if (seen !== undefined) await inParent(() => prove(contestant, seen, run, insights));

const tasks = { time, heap };
process.on('message', ({ task, queries }) =>
  inParent(() => tasks[task](queries).then((result) => process.send(result))),
);
process.send('ready');

/** What an application loads before its first query. */
function loadApplication() {
  for (const name of ['express', 'fastify', 'pino', 'winston']) requireOfRepository(name);
}

/** Microseconds per query: of the processor (all threads, garbage collection included) and of the clock. */
async function time(queries) {
  const cpuBefore = process.cpuUsage();
  const before = process.hrtime.bigint();
  await run(queries);
  const elapsed = Number(process.hrtime.bigint() - before) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  return { cpu: (cpu.user + cpu.system) / queries, elapsed: elapsed / queries };
}

/** Bytes per query, over so few queries after a collection that there is none among them. */
async function heap(queries) {
  globalThis.gc({ type: 'minor', execution: 'sync' });
  const before = process.memoryUsage().heapUsed;
  await run(queries);
  return (process.memoryUsage().heapUsed - before) / queries;
}
