import { BadInput } from '../../bad-input';
import { MetricsUnreadable, type Sample } from './prometheus';
import { POOL_LABEL, type PoolLabels } from './queries';

interface Choice {
  readonly window: string;
  readonly pool: string | undefined;
  readonly service: string | undefined;
}

/**
 * Chooses the pool to plan from those in Prometheus.
 *
 * @throws {MetricsUnreadable} when Prometheus has no pools
 * @throws {BadInput} when several pools match, or none; the message lists the pools
 */
export function choosePool(samples: readonly Sample[], choice: Choice, prometheus: string): PoolLabels {
  const known = byServiceAndPool(samples);
  if (known.length === 0) {
    throw new MetricsUnreadable(
      `${prometheus} has no db_client_connection_use_time_seconds of a pool in the last ${choice.window}: the metrics ` +
        'of pg-otel must get there through an OpenTelemetry collector, under the names it gives them',
    );
  }
  const { pool, service } = choice;
  const meant = known.filter(
    (one) => (pool === undefined || one.pool === pool) && (service === undefined || one.job === service),
  );
  const [first, second] = meant;
  if (first !== undefined && second === undefined) return first;
  if (first === undefined) {
    const wanted = [
      ...(pool === undefined ? [] : [`pool "${pool}"`]),
      ...(service === undefined ? [] : [`service "${service}"`]),
    ];
    throw new BadInput(`${prometheus} has no ${wanted.join(' of ')}; it has ${listed(known)}`);
  }
  const flag = new Set(meant.map((one) => one.pool)).size > 1 ? '--pool' : '--service';
  throw new BadInput(`${prometheus} has several pools: ${listed(meant)}; choose one by ${flag}`);
}

/** Pools with the same name and service count as one, even on several servers. The labels of the busiest are used. */
function byServiceAndPool(samples: readonly Sample[]): PoolLabels[] {
  const busiestFirst = [...samples].sort((one, other) => other.value - one.value);
  const pools = new Map<string, PoolLabels>();
  for (const { labels } of busiestFirst) {
    const {
      job = '',
      [POOL_LABEL]: pool = '',
      db_namespace: namespace = '',
      server_address: address = '',
    } = labels;
    const key = JSON.stringify([job, pool]);
    if (pool !== '' && !pools.has(key)) pools.set(key, { job, pool, namespace, address });
  }
  return [...pools.values()];
}

const MAX_LISTED = 20;

function listed(pools: readonly PoolLabels[]): string {
  // As JSON, because a label may contain line ends.
  const names = pools
    .map(
      ({ job, pool }) => `${JSON.stringify(pool)}${job === '' ? '' : ` of service ${JSON.stringify(job)}`}`,
    )
    .sort();
  const more = names.length - MAX_LISTED;
  return [...names.slice(0, MAX_LISTED), ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}
