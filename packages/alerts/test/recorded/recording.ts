import { HISTOGRAMS } from '../../src/rules/histograms';
import {
  type Attributes,
  keyValues,
  type LogsPayload,
  type Metric,
  type MetricsPayload,
  nanos,
} from './otlp';

/** One export of the recorded application. */
export interface Step {
  /** Since the start. */
  readonly seconds: number;
  readonly logs: LogsPayload | undefined;
  readonly metrics: MetricsPayload;
}

/** As often as metrics are exported. */
export const STEP_SECONDS = 10;
export const RECORDED_SECONDS = 400;

const RESOURCE = {
  'service.name': 'shop',
  'service.instance.id': 'one',
  'deployment.environment.name': 'prod',
};
const SERVER = { 'db.system.name': 'postgresql', 'server.address': 'db.example' };
const ORDERS = { ...SERVER, 'db.namespace': 'orders' };
const ARCHIVE = { ...SERVER, 'db.namespace': 'archive' };
const POOL = 'db.client.connection.pool.name';

/** A log event that is emitted when this many seconds have passed. */
interface Emitted {
  readonly seconds: number;
  readonly event: string;
  readonly attributes: Attributes;
}

const slow = (seconds: number, limit: number, attributes: Attributes): Emitted => ({
  seconds,
  event: 'pg_otel.operation.slow',
  attributes: {
    'pg_otel.operation.kind': 'query',
    'pg_otel.operation.limit': limit,
    'pg_otel.operation.elapsed': limit + 0.1,
    'pg_otel.operation.running': 1,
    'pg_otel.operation.crossings': 1,
    [POOL]: 'main',
    ...attributes,
  },
});
const failed = (
  seconds: number,
  errorType: string,
  failures: number,
  database: Attributes = ORDERS,
): Emitted => ({
  seconds,
  event: 'db.client.operation.exception',
  attributes: {
    'pg_otel.operation.kind': 'connect',
    'pg_otel.operation.failures': failures,
    'pg_otel.database.answered': database === ORDERS,
    'error.type': errorType,
    'exception.type': errorType,
    [POOL]: 'main',
    ...database,
  },
});

/** In the order of their times; those of one query are its limits. */
const EVENTS: readonly Emitted[] = [
  slow(71, 1, { ...ORDERS, 'db.query.summary': 'SELECT orders' }),
  slow(81, 1, { ...ORDERS, 'db.query.summary': 'SELECT carts' }),
  slow(85, 5, { ...ORDERS, 'db.query.summary': 'SELECT carts' }),
  // The reason of the same query updates its alerts.
  {
    ...slow(86, 5, {
      ...ORDERS,
      'db.query.summary': 'SELECT carts',
      'pg_otel.diagnosis': 'found',
      'pg_otel.diagnosis.reason': 'waits 4.8 s for a row of carts',
    }),
    event: 'pg_otel.operation.diagnosed',
  },
  // The override knows no warning, and calls 5 s an information.
  slow(91, 1, { ...ARCHIVE, 'db.query.summary': 'SELECT archive' }),
  slow(95, 5, { ...ARCHIVE, 'db.query.summary': 'SELECT archive' }),
  // Queries succeed there: the third is one too many, the others are too few.
  failed(101, 'ECONNREFUSED', 1),
  failed(102, 'ECONNREFUSED', 2),
  failed(103, 'ECONNREFUSED', 3),
  failed(104, '28P01', 1),
  // Its level asks for one.
  failed(105, 'timeout', 1),
  {
    seconds: 111,
    event: 'pg_otel.connection.held',
    attributes: {
      'pg_otel.connection.limit': 30,
      'pg_otel.connection.held_time': 30.1,
      'pg_otel.connection.held_count': 1,
      [POOL]: 'main',
      ...ORDERS,
    },
  },
  // Nothing has succeeded there for more than a minute.
  failed(170, '28P01', 1, ARCHIVE),
];

/** An operation that has ended, as histograms count it. */
interface Ended {
  readonly seconds: number;
  readonly histogram: 'query' | 'connect';
  readonly attributes: Attributes;
  readonly duration: number;
  readonly count: number;
}

const ENDED: readonly Ended[] = [
  // Ten fast queries between two exports, all the time.
  ...Array.from(
    { length: RECORDED_SECONDS / STEP_SECONDS },
    (_, step): Ended => ({
      seconds: step * STEP_SECONDS + 1,
      histogram: 'query',
      attributes: { ...ORDERS, 'db.query.summary': 'SELECT users' },
      duration: 0.02,
      count: 10,
    }),
  ),
  // For a minute a third of all miss the target, in both databases.
  ...[200, 210, 220, 230, 240, 250].flatMap((seconds) =>
    [ORDERS, ARCHIVE].map(
      (database): Ended => ({
        seconds,
        histogram: 'query',
        attributes: { ...database, 'db.query.summary': 'SELECT report' },
        duration: 0.2,
        count: 5,
      }),
    ),
  ),
  ...(
    [
      [71.5, ORDERS, 'SELECT orders', 1.5],
      [86, ORDERS, 'SELECT carts', 6],
      [96, ARCHIVE, 'SELECT archive', 6],
    ] as const
  ).map(
    ([seconds, database, summary, duration]): Ended => ({
      seconds,
      histogram: 'query',
      attributes: { ...database, 'db.query.summary': summary },
      duration,
      count: 1,
    }),
  ),
  ...EVENTS.filter(({ event }) => event === 'db.client.operation.exception').map(
    ({ seconds, attributes }): Ended => ({
      seconds,
      histogram: 'connect',
      attributes: Object.fromEntries(
        Object.entries(attributes).filter(([name]) => !/^(pg_otel|exception)\./.test(name)),
      ),
      duration: 0.02,
      count: 1,
    }),
  ),
];

/** From when on a gauge of a pool has which value. */
type Course = readonly (readonly [fromSeconds: number, value: number])[];
const UTILIZATION: Readonly<Record<string, Course>> = {
  // The warning's level for long enough, both levels, and shortly below between them.
  main: [
    [0, 0.3],
    [60, 0.85],
    [150, 0.97],
    [200, 0.5],
    [230, 0.97],
    [240, 0.3],
  ],
  // Its override has no levels.
  reports: [[0, 0.99]],
  // Not for long enough.
  batch: [
    [0, 0.1],
    [100, 0.85],
    [140, 0.1],
  ],
};
const OLDEST: Readonly<Record<string, Course>> = {
  main: [
    [0, 0],
    [160, 0.8],
    [210, 0],
  ],
};

/**
 * What an application would have sent whose pool is nearly exhausted, whose queries are slow and whose connections
 * fail: the same at each call, with times from `startMillis` on.
 */
export function recording(startMillis: number): readonly Step[] {
  return Array.from({ length: RECORDED_SECONDS / STEP_SECONDS + 1 }, (_, index) => {
    const seconds = index * STEP_SECONDS;
    const emitted = EVENTS.filter((one) => one.seconds > seconds - STEP_SECONDS && one.seconds <= seconds);
    return {
      seconds,
      logs: emitted.length === 0 ? undefined : logsOf(emitted, startMillis),
      metrics: metricsAt(seconds, startMillis),
    };
  });
}

function logsOf(emitted: readonly Emitted[], startMillis: number): LogsPayload {
  const logRecords = emitted.map(({ seconds, event, attributes }) => ({
    timeUnixNano: nanos(startMillis + seconds * 1000),
    observedTimeUnixNano: nanos(startMillis + seconds * 1000),
    severityNumber: 13,
    eventName: event,
    // A sentence of the instrumentation's: no engine goes by it.
    body: { stringValue: `What ${event} is about` },
    attributes: keyValues(attributes),
    traceId: hex(EVENTS.findIndex((one) => one.seconds === seconds) + 1, 32),
    spanId: hex(1, 16),
    flags: 1,
  }));
  return { resourceLogs: [{ resource: { attributes: keyValues(RESOURCE) }, scopeLogs: [{ logRecords }] }] };
}

function metricsAt(seconds: number, startMillis: number): MetricsPayload {
  const metrics = [
    gauge('pg_otel.connection.utilization', '1', UTILIZATION, seconds, startMillis),
    gauge('pg_otel.connection.pending.oldest', 's', OLDEST, seconds, startMillis),
    histogram('query', seconds, startMillis),
    histogram('connect', seconds, startMillis),
  ];
  return {
    resourceMetrics: [{ resource: { attributes: keyValues(RESOURCE) }, scopeMetrics: [{ metrics }] }],
  };
}

function times(seconds: number, startMillis: number) {
  return { startTimeUnixNano: nanos(startMillis), timeUnixNano: nanos(startMillis + seconds * 1000) };
}

function gauge(
  name: string,
  unit: string,
  courses: Readonly<Record<string, Course>>,
  seconds: number,
  startMillis: number,
): Metric {
  const dataPoints = Object.entries(courses).map(([pool, course]) => ({
    attributes: keyValues({ ...ORDERS, [POOL]: pool }),
    ...times(seconds, startMillis),
    asDouble: course.findLast(([from]) => from <= seconds)?.[1] ?? 0,
  }));
  return { name, unit, gauge: { dataPoints } };
}

function histogram(kind: Ended['histogram'], seconds: number, startMillis: number): Metric {
  const { name, edges } = HISTOGRAMS[kind];
  const series = new Map<string, Ended[]>();
  for (const ended of ENDED) {
    if (ended.histogram !== kind || ended.seconds > seconds) continue;
    const key = JSON.stringify(ended.attributes);
    series.set(key, [...(series.get(key) ?? []), ended]);
  }
  const dataPoints = [...series.values()].map((all) => {
    const counts = [...edges, Number.POSITIVE_INFINITY].map((edge, index) =>
      sum(
        all.filter(({ duration }) => duration <= edge && duration > (edges[index - 1] ?? 0)),
        () => 1,
      ),
    );
    return {
      attributes: keyValues(all[0]?.attributes ?? {}),
      ...times(seconds, startMillis),
      count: String(sum(all, () => 1)),
      sum: sum(all, ({ duration }) => duration),
      bucketCounts: counts.map(String),
      explicitBounds: edges,
    };
  });
  return { name, unit: 's', histogram: { aggregationTemporality: 2, dataPoints } };
}

function sum(all: readonly Ended[], amount: (ended: Ended) => number): number {
  return all.reduce((total, ended) => total + ended.count * amount(ended), 0);
}

function hex(value: number, length: number): string {
  return value.toString(16).padStart(length, '0');
}
