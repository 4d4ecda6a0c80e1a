import { HttpRequests, statementsOf } from './http-requests.mjs';
import { ManagedPool } from './managed-pool.mjs';
import { SlowOperations } from './slow-operations.mjs';

/** Traces that are searched for the one with the most kinds of spans. */
const TRACES_KEPT = 2_000;

const PHASE_DURATION = 'pg_otel.connection.phase.duration';

/** Telemetry of the shop, aggregated as it arrives, so that a demo that runs for hours needs little memory. */
export class Figures {
  #capture;
  /** Name → count, errors, time in ms. */
  spans = new Map();
  /** How many statements and physical connections have a span. */
  traced = { statements: 0, connections: 0 };
  http = new HttpRequests();
  /** The last traces, oldest first: trace id → spans. */
  traces = new Map();
  /** Metric → `unit` and its series, each with its latest value (they are cumulative). */
  metrics = new Map();
  poolLimit = undefined;
  poolPeak = { used: 0, pending: 0, utilization: 0, oldestWaitMillis: 0 };
  /** Name → count. */
  events = new Map();
  slow = new SlowOperations();
  managedPool = new ManagedPool();

  constructor(capture) {
    this.#capture = capture;
  }

  /** Adds the telemetry that arrived since the last call. */
  update() {
    for (const event of this.#capture.logs()) this.#addEvent(event);
    for (const span of this.#capture.spans()) this.#addSpan(span);
    for (const metric of this.#capture.metrics()) this.#addMetric(metric);
    this.#samplePool(this.#capture.metrics());
    this.#capture.clear();
  }

  #addEvent(event) {
    this.events.set(event.eventName, (this.events.get(event.eventName) ?? 0) + 1);
    this.slow.addEvent(event);
    this.managedPool.addEvent(event);
  }

  #addSpan(span) {
    this.slow.ended(span.spanId, Number(span.end) / 1e6, millisOf(span));
    const sum = this.spans.get(span.name) ?? { count: 0, errors: 0, millis: 0 };
    sum.count++;
    if (span.status.code === 'ERROR') sum.errors++;
    sum.millis += millisOf(span);
    this.spans.set(span.name, sum);
    if (span.attributes['db.query.summary'] !== undefined) this.traced.statements += statementsOf(span);
    this.http.addSpan(span);

    const trace = this.traces.get(span.traceId) ?? [];
    trace.push(span);
    this.traces.set(span.traceId, trace);
    if (this.traces.size > TRACES_KEPT) this.traces.delete(this.traces.keys().next().value);

    if (phasesOf(span).length > 0) this.traced.connections++;
  }

  #addMetric({ name, unit, points }) {
    this.managedPool.addMetric({ name, points });
    const metric = this.metrics.get(name) ?? { unit, series: new Map() };
    for (const point of points) metric.series.set(JSON.stringify(point.attributes), point);
    this.metrics.set(name, metric);
  }

  #samplePool(metrics) {
    const samples = new Map();
    for (const { name, points } of metrics) {
      for (const point of points) {
        const sample = samples.get(point.time) ?? {};
        const state = point.attributes['db.client.connection.state'];
        const figure = poolFigures[state === undefined ? name : `${name} ${state}`];
        if (figure === undefined) continue;
        sample[figure] = point.value;
        samples.set(point.time, sample);
      }
    }
    for (const sample of samples.values()) {
      if (!sample.limit) continue; // the pool has ended
      this.poolLimit = sample.limit;
      this.poolPeak.used = Math.max(this.poolPeak.used, sample.used ?? 0);
      this.poolPeak.pending = Math.max(this.poolPeak.pending, sample.pending ?? 0);
      this.poolPeak.utilization = Math.max(this.poolPeak.utilization, sample.utilization ?? 0);
      this.poolPeak.oldestWaitMillis = Math.max(
        this.poolPeak.oldestWaitMillis,
        1_000 * (sample.oldestWait ?? 0),
      );
    }
  }

  /** All series of a histogram as one: `count` and `sum`. */
  histogram(name, isWanted = () => true) {
    const points = [...(this.metrics.get(name)?.series.values() ?? [])].filter((point) =>
      isWanted(point.attributes),
    );
    const [count, sum] = ['count', 'sum'].map((property) => total(points.map((point) => point[property])));
    return { count, sum };
  }

  /** Of connections of pools: one that is opened for an HTTP request has no setup of the database's. */
  createTimes() {
    return this.histogram(
      'db.client.connection.create_time',
      (attributes) => attributes['db.client.connection.pool.name'] !== undefined,
    );
  }

  /** The last trace with the most kinds of spans: request, acquire, connect, query. */
  richestTrace() {
    return lastWithMost([...this.traces.values()], (spans) => new Set(spans.map(kindOf)).size);
  }
}

export function kindOf(span) {
  if (span.attributes['http.request.method'] !== undefined) return 'request';
  if (phasesOf(span).length > 0) return 'connect';
  return span.attributes['db.query.summary'] === undefined ? 'acquire' : 'query';
}

const poolFigures = {
  'db.client.connection.count used': 'used',
  'db.client.connection.count idle': 'idle',
  'db.client.connection.limit': 'limit',
  'db.client.connection.pending_requests': 'pending',
  'pg_otel.connection.utilization': 'utilization',
  'pg_otel.connection.pending.oldest': 'oldestWait',
};

function millisOf(span) {
  return Number(span.end - span.start) / 1e6;
}

/** The setup phases of a connection's span; none for another span. */
function phasesOf(span) {
  return span.events.filter(({ attributes }) => attributes[PHASE_DURATION] !== undefined);
}

function lastWithMost(traces, measure) {
  return traces.reduce((best, spans) => (measure(spans) >= measure(best) ? spans : best), []);
}

function total(values) {
  return values.reduce((sum, value) => sum + value, 0);
}
