// An application with a whole SDK in a separate process, as its users set it up. It works on request, and is idle otherwise.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import path from 'node:path';
import { loads } from '../loads.mjs';
import { BATCH, stages } from './stages.mjs';

/** Queries of one request that the application serves. */
const PER_REQUEST = 8;

const { folder, load, variant, stage } = JSON.parse(process.argv[2]);
const requireOfLine = createRequire(path.join(folder, 'package.json'));
const { context, trace, ROOT_CONTEXT, TraceFlags } = requireOfLine('@opentelemetry/api');

const variants = {
  bare: () => startNodeSdk([]),
  standard() {
    const { PgInstrumentation } = requireOfLine('@opentelemetry/instrumentation-pg');
    startNodeSdk([new PgInstrumentation()]);
  },
  ours: () => requireOfLine('pg-otel').start(),
};

process.env.OTEL_EXPORTER_OTLP_ENDPOINT += `/${process.pid}`;
const seen = { spans: 0, bytes: 0, unanswered: [] };
stages[stage].replace(exporterClass(), seen);
variants[variant]();
const provider = trace.getTracerProvider().getDelegate();
const run = await loads[load](requireOfLine('pg'));
await prove();

const tasks = { time };
process.on('message', ({ task, queries }) => tasks[task](queries).then((result) => process.send(result)));
process.send('ready');

/** Microseconds per query until all of its spans have left: of the processor (all threads, garbage collection included) and of the clock. */
async function time(queries) {
  const cpuBefore = process.cpuUsage();
  const before = process.hrtime.bigint();
  await work(queries);
  const elapsed = Number(process.hrtime.bigint() - before) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  return { cpu: (cpu.user + cpu.system) / queries, elapsed: elapsed / queries };
}

async function work(queries) {
  for (let done = 0; done < queries; done += PER_REQUEST) {
    await context.with(remoteParent(), () => run(PER_REQUEST));
    // The stub answers without the event loop, and an export needs it: the queue would be full.
    if ((done + PER_REQUEST) % BATCH === 0) await flush();
  }
  await flush();
}

/**
 * The batch processor of the SDK does not wait for the export of a batch that was full before the flush. Its answer would
 * be read between two rounds, where nothing is measured.
 */
async function flush() {
  await provider.forceFlush();
  await Promise.all(seen.unanswered.splice(0));
}

/** As the request of a caller that is traced as well. */
function remoteParent() {
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  });
}

/** Throws unless the spans of a few queries reach the stage. One that exports nothing would be cheap. */
async function prove() {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: receiver } = process.env;
  await fetch(receiver);
  await work(8 * PER_REQUEST);
  const received = await (await fetch(receiver)).json();
  const left = stage === 'sent' ? received : seen.spans;
  // A pool adds spans.
  assert(
    variant === 'bare' ? left === 0 : left >= 8 * PER_REQUEST,
    `${left} spans of ${8 * PER_REQUEST} queries`,
  );
  assert.equal(stage === 'encoded' && variant !== 'bare', seen.bytes > 0, `${seen.bytes} bytes encoded`);
  assert(stage === 'sent' || received === 0, `${received} spans were sent`);
}

function startNodeSdk(instrumentations) {
  const { NodeSDK } = requireOfLine('@opentelemetry/sdk-node');
  new NodeSDK({ instrumentations }).start();
}

/** The copy that sdk-node uses, which pg-otel uses, too. */
function exporterClass() {
  const requireOfSdk = createRequire(requireOfLine.resolve('@opentelemetry/sdk-node'));
  return requireOfSdk('@opentelemetry/exporter-trace-otlp-proto').OTLPTraceExporter;
}
