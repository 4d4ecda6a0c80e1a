import type { CollectedMetric, CollectedMetrics, CollectedPoint, Thresholds } from '@pg-otel/alerts';
import type {
  OperationEndMessage,
  PoolFigures,
  PoolHealthState,
  PoolIdentity,
} from '@pg-otel/instrumentation/channels';

const NANOSECONDS = 1e6;

interface Durations {
  readonly attributes: Record<string, unknown>;
  readonly counts: number[];
  count: number;
}

/**
 * The figures that rules are evaluated on, in the format of OpenTelemetry's metrics: histograms of durations whose edges
 * are the targets of the rules, and gauges of pools. Names and attributes are those of the instrumentation.
 */
export class RuleMetrics {
  readonly #resource: CollectedMetrics['resource'];
  /** Targets of rules, in seconds, ascending. */
  readonly #edges: readonly number[];
  readonly #histograms = new Map<string, Map<string, Durations>>();
  readonly #last = new Map<string, { readonly origin: Origin; readonly durations: Durations }>();
  readonly #health = new Map<string, { identity: PoolIdentity; state: PoolHealthState }>();
  readonly #startTime: [number, number];

  constructor(thresholds: Thresholds, resource: Readonly<Record<string, string>>, now: number) {
    this.#resource = { attributes: resource };
    this.#edges = edgesOf(thresholds);
    this.#startTime = [Math.floor(now / 1000), (now % 1000) * NANOSECONDS];
  }

  /** @param metric the histogram of the operation, such as `db.client.operation.duration` */
  add(metric: string, message: OperationEndMessage): void {
    const durations = this.#durationsOf(metric, message);
    let index = 0;
    while (index < this.#edges.length && message.countedSeconds > (this.#edges[index] as number)) index += 1;
    durations.counts[index] = (durations.counts[index] as number) + 1;
    durations.count += 1;
  }

  healthChanged(identity: PoolIdentity, state: PoolHealthState | undefined): void {
    const key = keyOf(identity, identity.poolName);
    if (state === undefined) this.#health.delete(key);
    else this.#health.set(key, { identity, state });
  }

  collect(pools: readonly PoolFigures[]): CollectedMetrics {
    const histograms: CollectedMetric[] = [...this.#histograms].map(([name, series]) => ({
      descriptor: { name },
      dataPoints: [...series.values()].map(({ attributes, counts, count }) => ({
        attributes,
        startTime: this.#startTime,
        value: { count, buckets: { boundaries: this.#edges, counts: [...counts] } },
      })),
    }));
    const ofPools = (name: string, value: (pool: PoolFigures) => number) =>
      gauge(
        name,
        pools.map((pool) => ({ attributes: attributesOf(pool, pool.poolName), value: value(pool) })),
      );
    const healthPoints = [...this.#health.values()].map(({ identity, state }) => ({
      attributes: attributesOf(identity, identity.poolName),
      value: state === 'down' ? 0 : 1,
    }));
    const metrics = [
      ...histograms,
      ofPools('pg_otel.connection.utilization', ({ used, connecting, limit }) =>
        limit > 0 ? (used + connecting) / limit : 0,
      ),
      ofPools('pg_otel.connection.pending.oldest', ({ oldestPendingSeconds }) => oldestPendingSeconds),
      ofPools('db.client.connection.limit', ({ limit }) => limit),
      gauge('pg_otel.connection.health', healthPoints),
    ];
    return { resource: this.#resource, scopeMetrics: [{ metrics }] };
  }

  /** Without the summary: rules on shares are about all operations of a database. Most programs have one database. */
  #durationsOf(metric: string, message: OperationEndMessage): Durations {
    const last = this.#last.get(metric);
    if (last !== undefined && isSameOrigin(last.origin, message)) return last.durations;
    const durations = this.#findDurations(metric, message);
    const { serverAddress, serverPort, namespace } = message;
    this.#last.set(metric, { origin: { serverAddress, serverPort, namespace }, durations });
    return durations;
  }

  #findDurations(metric: string, message: OperationEndMessage): Durations {
    let series = this.#histograms.get(metric);
    if (series === undefined) {
      series = new Map();
      this.#histograms.set(metric, series);
    }
    const key = keyOf(message, undefined);
    let durations = series.get(key);
    if (durations === undefined) {
      const counts = new Array<number>(this.#edges.length + 1).fill(0);
      durations = { attributes: attributesOf(message, undefined), counts, count: 0 };
      series.set(key, durations);
    }
    return durations;
  }
}

const gauge = (name: string, dataPoints: readonly CollectedPoint[]): CollectedMetric => ({
  descriptor: { name },
  dataPoints,
});

type Origin = Pick<PoolIdentity, 'serverAddress' | 'serverPort' | 'namespace'>;

const isSameOrigin = (one: Origin, other: Origin): boolean =>
  one.serverAddress === other.serverAddress &&
  one.serverPort === other.serverPort &&
  one.namespace === other.namespace;

const keyOf = ({ serverAddress, serverPort, namespace }: Origin, poolName: string | undefined): string =>
  `${serverAddress}\n${serverPort ?? ''}\n${namespace ?? ''}\n${poolName ?? ''}`;

function attributesOf({ serverAddress, serverPort, namespace }: Origin, poolName: string | undefined) {
  return {
    'db.system.name': 'postgresql',
    'server.address': serverAddress,
    ...(serverPort !== undefined && { 'server.port': serverPort }),
    ...(namespace !== undefined && { 'db.namespace': namespace }),
    ...(poolName !== undefined && { 'db.client.connection.pool.name': poolName }),
  };
}

function edgesOf({ rules }: Thresholds): number[] {
  const targets = rules.flatMap((rule) =>
    rule.watch === 'share-within'
      ? rule.variants.flatMap(({ levels }) => levels.map(({ withinSeconds }) => withinSeconds))
      : [],
  );
  return [...new Set(targets)].sort((one, other) => one - other);
}
