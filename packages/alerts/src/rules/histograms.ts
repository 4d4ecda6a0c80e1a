import type { OperationKind } from './rule';

/** A histogram of the instrumentation, and what it counts. */
export interface Histogram {
  /** OpenTelemetry's name; its unit is s. */
  readonly name: string;
  /** Upper edges of its buckets, in seconds: only at these a number of operations is exact. */
  readonly edges: readonly number[];
  /** Whether its series name their pool, and their statement's summary. */
  readonly hasPool: boolean;
  readonly hasSummary: boolean;
}

const CONNECTION_EDGES = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10] as const;

// The instrumentation's observers/histograms/histograms.ts; a test compares them.
const operations: Histogram = {
  name: 'db.client.operation.duration',
  edges: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
  hasPool: false,
  hasSummary: true,
};
const ofConnections = (name: string): Histogram => ({
  name,
  edges: CONNECTION_EDGES,
  hasPool: true,
  hasSummary: false,
});

/** Which histogram counts an operation. */
export const HISTOGRAMS: Readonly<Record<OperationKind, Histogram>> = {
  query: operations,
  batch: operations,
  connect: ofConnections('db.client.connection.create_time'),
  acquire: ofConnections('db.client.connection.wait_time'),
};

/** Those that count any of the operations, each once. */
export function histogramsOf(kinds: readonly OperationKind[]): readonly Histogram[] {
  return [...new Map(kinds.map((kind) => [HISTOGRAMS[kind].name, HISTOGRAMS[kind]])).values()];
}
