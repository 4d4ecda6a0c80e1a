import type { CollectedMetric, CollectedMetrics, CollectedPoint, Thresholds } from '@pg-otel/alerts';
import type { PoolFigures, PoolHealthState, PoolIdentity } from '@pg-otel/instrumentation/channels';
import { DurationSeries } from './duration-series';
import { attributesOf, originKey } from './origin';

const NANOSECONDS = 1e6;

/**
 * The figures that rules are evaluated on, in the format of OpenTelemetry's metrics: histograms of durations whose edges
 * are the targets of the rules, and gauges of pools. Names and attributes are those of the instrumentation.
 */
export class RuleMetrics {
  readonly queries: DurationSeries;
  readonly setups: DurationSeries;
  readonly waits: DurationSeries;
  readonly #resource: CollectedMetrics['resource'];
  readonly #health = new Map<string, { identity: PoolIdentity; state: PoolHealthState }>();
  readonly #startTime: [number, number];

  constructor(thresholds: Thresholds, resource: Readonly<Record<string, string>>, now: number) {
    this.#resource = { attributes: resource };
    const edges = edgesOf(thresholds);
    this.queries = new DurationSeries('db.client.operation.duration', edges);
    this.setups = new DurationSeries('db.client.connection.create_time', edges);
    this.waits = new DurationSeries('db.client.connection.wait_time', edges);
    this.#startTime = [Math.floor(now / 1000), (now % 1000) * NANOSECONDS];
  }

  healthChanged(identity: PoolIdentity, state: PoolHealthState | undefined): void {
    const key = originKey(identity, identity.poolName);
    if (state === undefined) this.#health.delete(key);
    else this.#health.set(key, { identity, state });
  }

  collect(pools: readonly PoolFigures[]): CollectedMetrics {
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
      ...[this.queries, this.setups, this.waits].map((series) => series.collect(this.#startTime)),
      ofPools('pg_otel.connection.utilization', ({ used, connecting, limit }) =>
        limit > 0 ? (used + connecting) / limit : 0,
      ),
      ofPools('pg_otel.connection.pending.oldest', ({ oldestPendingSeconds }) => oldestPendingSeconds),
      ofPools('db.client.connection.limit', ({ limit }) => limit),
      gauge('pg_otel.connection.health', healthPoints),
    ];
    return { resource: this.#resource, scopeMetrics: [{ metrics }] };
  }
}

const gauge = (name: string, dataPoints: readonly CollectedPoint[]): CollectedMetric => ({
  descriptor: { name },
  dataPoints,
});

/** The targets of the rules, in seconds, ascending. */
function edgesOf({ rules }: Thresholds): number[] {
  const targets = rules.flatMap((rule) =>
    rule.watch === 'share-within'
      ? rule.variants.flatMap(({ levels }) => levels.map(({ withinSeconds }) => withinSeconds))
      : [],
  );
  return [...new Set(targets)].sort((one, other) => one - other);
}
