import { DATABASE, type SubjectLabel } from './labels';
import type { OperationKind } from './rule';

/** Grafana's dashboards: `pg-otel-<name>` is the uid. */
export type DashboardName = 'queries' | 'connections' | 'pools' | 'alerts' | 'traces';

/** A histogram of the instrumentation. Its unit is s. */
export interface Histogram {
  /** OpenTelemetry's name. */
  readonly name: string;
  /** Upper edges of its buckets, in seconds. The number of operations below a limit is exact at an edge only. */
  readonly edges: readonly number[];
  /** Whether its series have the attributes of the pool and the query summary. */
  readonly hasPool: boolean;
  readonly hasSummary: boolean;
  readonly dashboard: DashboardName;
}

const CONNECTION_EDGES = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10] as const;

// The instrumentation's observers/histograms/histograms.ts: a test compares them.
const operations: Histogram = {
  name: 'db.client.operation.duration',
  edges: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
  hasPool: false,
  hasSummary: true,
  dashboard: 'queries',
};
const ofConnections = (name: string, dashboard: DashboardName): Histogram => ({
  name,
  edges: CONNECTION_EDGES,
  hasPool: true,
  hasSummary: false,
  dashboard,
});

/** The histogram that records a kind of operation. */
export const HISTOGRAMS: Readonly<Record<OperationKind, Histogram>> = {
  query: operations,
  batch: operations,
  connect: ofConnections('db.client.connection.create_time', 'connections'),
  acquire: ofConnections('db.client.connection.wait_time', 'pools'),
};

/** The histograms that record any of the operations, each once. */
export function histogramsOf(kinds: readonly OperationKind[]): readonly Histogram[] {
  return [...new Set(kinds.map((kind) => HISTOGRAMS[kind]))];
}

/** The histogram of a rule whose operations are all of one. Parsing rejects other rules. */
export function histogramOf({ operations: [first] }: { readonly operations: readonly OperationKind[] }) {
  return HISTOGRAMS[first ?? 'query'];
}

/** The labels that series of a histogram have. */
export function labelsOfHistogram({ hasPool, hasSummary }: Histogram): readonly SubjectLabel[] {
  return [
    ...DATABASE,
    ...(hasPool ? (['pool'] as const) : []),
    ...(hasSummary ? (['db_query_summary'] as const) : []),
  ];
}
