// The PromQL queries of docs/reference/plan.md, with the metric names that the collector exports to Prometheus.

const USE_TIME = 'db_client_connection_use_time_seconds';
const OPERATION = 'db_client_operation_duration_seconds';
export const POOL_LABEL = 'db_client_connection_pool_name';

export function poolsQuery(window: string): string {
  return `sum by (job, ${POOL_LABEL}, db_namespace, server_address) (increase(${USE_TIME}_count[${window}]))`;
}

export type LoadQuery =
  | 'peakCheckoutsPerSecond'
  | 'useTimeSeconds'
  | 'useTimeBuckets'
  | 'processes'
  | 'queriesPerCheckout';

/** The labels of a pool. `job` is its service, because pools of several services may have the same name. */
export interface PoolLabels {
  readonly job: string;
  readonly pool: string;
  readonly namespace: string;
  readonly address: string;
}

export function loadQueries(
  { job, pool, namespace, address }: PoolLabels,
  { window, step }: { readonly window: string; readonly step: string },
): Readonly<Record<LoadQuery, string>> {
  const ofPool = `{job=${quoted(job)},${POOL_LABEL}=${quoted(pool)}}`;
  // Operations have no pool label: the database relates them to a pool.
  const ofDatabase = `{job=${quoted(job)},db_namespace=${quoted(namespace)},server_address=${quoted(address)}}`;
  const increase = (metric: string, labels: string) => `increase(${metric}${labels}[${window}])`;
  const rate = `rate(${USE_TIME}_count${ofPool}[${step}])`;
  const checkouts = `sum(${increase(`${USE_TIME}_count`, ofPool)})`;
  return {
    peakCheckoutsPerSecond: `max_over_time(sum(${rate})[${window}:${step}])`,
    useTimeSeconds: `sum(${increase(`${USE_TIME}_sum`, ofPool)}) / ${checkouts}`,
    useTimeBuckets: `sum by (le) (${increase(`${USE_TIME}_bucket`, ofPool)})`,
    // The median, because old and new processes are both counted during a deployment.
    processes: `quantile_over_time(0.5, count(sum by (instance) (${rate}) > 0)[${window}:${step}])`,
    queriesPerCheckout: `sum(${increase(`${OPERATION}_count`, ofDatabase)}) / ${checkouts}`,
  };
}

function quoted(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
