import type { Load } from '@pg-otel/pool-sizing';
import type { MetricsSource } from '../arguments';
import { choosePool } from './choose-pool';
import { MetricsUnreadable, Prometheus, type Sample } from './prometheus';
import { type LoadQuery, loadQueries, poolsQuery } from './queries';
import { variabilityOf } from './variability';

/** The measured load and how it was measured, as in the output of `--json`. */
export interface Measured {
  /** The URL of Prometheus without user and password. */
  readonly url: string;
  readonly pool: string;
  /** `service.namespace/service.name`, as the collector names the job. */
  readonly service: string;
  readonly window: string;
  readonly step: string;
  /** Inputs of the plan. An input that the metrics do not contain is null. */
  readonly figures: {
    readonly peakCheckoutsPerSecond: number;
    readonly useTimeSeconds: number;
    readonly useTimeVariability: number | null;
    readonly queriesPerCheckout: number | null;
    readonly processes: number | null;
  };
  /** The PromQL query of each figure. */
  readonly queries: Readonly<Record<'pools' | LoadQuery, string>>;
}

/**
 * @throws {MetricsUnreadable}
 * @throws {BadInput} when several pools match `--pool` and `--service`, or none
 */
export async function measure(source: MetricsSource): Promise<Measured> {
  const { window, step } = source;
  const prometheus = new Prometheus(source.url);
  const pools = poolsQuery(window);
  const labels = choosePool(await prometheus.query(pools), source, prometheus.name);
  const queries = loadQueries(labels, source);
  const ask = async (query: LoadQuery) => prometheus.query(queries[query]);
  const askOne = async (query: LoadQuery) => single(await ask(query));

  const [peak, useTimeSeconds, buckets, processes, queriesPerCheckout] = await Promise.all([
    askOne('peakCheckoutsPerSecond'),
    askOne('useTimeSeconds'),
    ask('useTimeBuckets'),
    askOne('processes'),
    askOne('queriesPerCheckout'),
  ]);
  if (peak === null) {
    throw new MetricsUnreadable(
      `${prometheus.name} has no rate of checkouts over ${step}: when it scrapes less often than twice in that time, ` +
        'give a longer --step (four times the scrape interval)',
    );
  }
  if (useTimeSeconds === null || useTimeSeconds <= 0) {
    throw new MetricsUnreadable(
      `${prometheus.name} has no checkouts of pool ${JSON.stringify(labels.pool)} in the last ${window}: give a longer --window`,
    );
  }
  return {
    url: prometheus.name,
    pool: labels.pool,
    service: labels.job,
    window,
    step,
    figures: {
      peakCheckoutsPerSecond: peak,
      useTimeSeconds,
      useTimeVariability: variability(buckets, useTimeSeconds),
      // Below 1, no query was counted for some checkouts. The plan needs at least 1.
      queriesPerCheckout: queriesPerCheckout === null ? null : Math.max(1, queriesPerCheckout),
      processes: processes === null ? null : Math.max(1, Math.round(processes)),
    },
    queries: { pools, ...queries },
  };
}

/** The queries of a request are not measured, so a request counts as one checkout, which is the least that it needs. */
export function loadOf({ figures }: Measured): Load {
  const { queriesPerCheckout, useTimeVariability } = figures;
  return {
    peakCheckoutsPerSecond: figures.peakCheckoutsPerSecond,
    useTimeSeconds: figures.useTimeSeconds,
    ...(useTimeVariability !== null && { useTimeVariability }),
    ...(queriesPerCheckout !== null && { queriesPerCheckout, queriesPerRequest: queriesPerCheckout }),
  };
}

/** The value of the only sample. Without data, PromQL returns NaN (0 / 0). */
function single([sample]: readonly Sample[]): number | null {
  return sample !== undefined && Number.isFinite(sample.value) ? sample.value : null;
}

function variability(samples: readonly Sample[], mean: number): number | null {
  const buckets = samples.map(({ labels, value }) => ({ le: edge(labels['le']), count: value }));
  return variabilityOf(buckets, mean) ?? null;
}

/** Reads the upper bound of a bucket. Prometheus 2 writes `1`, Prometheus 3 `1.0`. */
function edge(le: string | undefined): number {
  return le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le);
}
