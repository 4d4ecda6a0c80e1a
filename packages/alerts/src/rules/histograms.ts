import { DATABASE, type SubjectLabel } from './labels';
import type { OperationKind } from './rule';

/** The Grafana dashboards. The uid of each is `pg-otel-<name>`. */
export type DashboardName = 'queries' | 'connections' | 'pools' | 'alerts' | 'traces';

/** A histogram of the instrumentation, in seconds. */
export interface Histogram {
  /** The name in OpenTelemetry. */
  readonly name: string;
  /** The upper edges of its buckets, in seconds. The number of operations below a limit is exact only at an edge. */
  readonly edges: readonly number[];
  /** Whether its series have the pool name as an attribute. If not, they have the query summary. */
  readonly hasPool: boolean;
  readonly dashboard: DashboardName;
}

// Equal to observers/histograms/histograms.ts of the instrumentation: a test compares them.
const operations: Histogram = {
  name: 'db.client.operation.duration',
  edges: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
  hasPool: false,
  dashboard: 'queries',
};
const ofConnections = {
  edges: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10],
  hasPool: true,
};

/** The histogram that records a kind of operation. */
export const HISTOGRAMS: Readonly<Record<OperationKind, Histogram>> = {
  query: operations,
  batch: operations,
  connect: { ...ofConnections, name: 'db.client.connection.create_time', dashboard: 'connections' },
  acquire: { ...ofConnections, name: 'db.client.connection.wait_time', dashboard: 'pools' },
};

/** The histograms that record any of the operations, each once. */
export function histogramsOf(kinds: readonly OperationKind[]): readonly Histogram[] {
  return [...new Set(kinds.map((kind) => HISTOGRAMS[kind]))];
}

/** The histogram of a rule. Parsing rejects rules whose operations are in several histograms. */
export function histogramOf({ operations: [first] }: { readonly operations: readonly OperationKind[] }) {
  return HISTOGRAMS[first ?? 'query'];
}

/** The labels that series of a histogram have. */
export function labelsOfHistogram({ hasPool }: Pick<Histogram, 'hasPool'>): readonly SubjectLabel[] {
  return [...DATABASE, hasPool ? 'pool' : 'db_query_summary'];
}
