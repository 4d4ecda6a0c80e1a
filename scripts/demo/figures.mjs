import { HttpRequests, isHttpRequest, statementsOf } from './http-requests.mjs';
import { ManagedPool } from './managed-pool.mjs';
import { SlowOperations } from './slow-operations.mjs';

/** How much history the panels have. */
const TRACES_KEPT = 2_000;
const SAMPLES_KEPT = 240;

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
  /** Latest physical connection: its phases and the whole, in ms. */
  latestSetup = undefined;
  /** Metric → `unit` and its series, each with its latest value (they are cumulative). */
  metrics = new Map();
  /** The pool at each export of metrics, oldest first. */
  poolSamples = [];
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

    const phases = phasesOf(span);
    if (phases.length > 0) {
      this.traced.connections++;
      this.latestSetup = { phases, millis: millisOf(span) };
    }
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
      this.poolSamples.push(sample);
      this.poolPeak.used = Math.max(this.poolPeak.used, sample.used ?? 0);
      this.poolPeak.pending = Math.max(this.poolPeak.pending, sample.pending ?? 0);
      this.poolPeak.utilization = Math.max(this.poolPeak.utilization, sample.utilization ?? 0);
      this.poolPeak.oldestWaitMillis = Math.max(
        this.poolPeak.oldestWaitMillis,
        1_000 * (sample.oldestWait ?? 0),
      );
    }
    this.poolSamples.splice(0, this.poolSamples.length - SAMPLES_KEPT);
  }

  /** All series of a histogram as one: `count`, `sum`, `bounds`, `buckets`. */
  histogram(name, isWanted = () => true) {
    const points = [...(this.metrics.get(name)?.series.values() ?? [])].filter((point) =>
      isWanted(point.attributes),
    );
    const bounds = points[0]?.bounds ?? [];
    const buckets = points.reduce(
      (sum, point) => sum.map((count, index) => count + (point.buckets[index] ?? 0)),
      new Array(bounds.length + 1).fill(0),
    );
    const [count, sum] = ['count', 'sum'].map((property) => total(points.map((point) => point[property])));
    return { count, sum, bounds, buckets };
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

  /** The last request over HTTP with the most statements. */
  richestRequest() {
    const requests = [...this.traces.values()].filter((spans) => spans.some(isHttpRequest));
    return lastWithMost(requests, (spans) => total(spans.map(statementsOf)));
  }

  slowestQuery() {
    let slowest;
    for (const span of [...this.traces.values()].flat()) {
      if (span.attributes['db.query.summary'] === undefined) continue;
      if (slowest === undefined || millisOf(span) > millisOf(slowest)) slowest = span;
    }
    return slowest;
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

export function millisOf(span) {
  return Number(span.end - span.start) / 1e6;
}

/** The setup phases of a connection's span, in ms; none for another span. */
export function phasesOf(span) {
  return span.events
    .filter(({ attributes }) => attributes[PHASE_DURATION] !== undefined)
    .map(({ name, time, attributes }) => ({ name, end: time, millis: 1_000 * attributes[PHASE_DURATION] }));
}

function lastWithMost(traces, measure) {
  return traces.reduce((best, spans) => (measure(spans) >= measure(best) ? spans : best), []);
}

function total(values) {
  return values.reduce((sum, value) => sum + value, 0);
}
