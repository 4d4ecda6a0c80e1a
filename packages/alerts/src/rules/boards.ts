import type { OperationKind } from './rule';

/** Grafana's dashboards: `pg-otel-<name>` is the uid. */
export type BoardName = 'queries' | 'connections' | 'pools' | 'alerts' | 'traces';

const OF_OPERATIONS: Readonly<Record<OperationKind, BoardName>> = {
  query: 'queries',
  batch: 'queries',
  connect: 'connections',
  acquire: 'pools',
};

/** Address of a dashboard within Grafana. */
export const boardPath = (name: BoardName): string => `/d/pg-otel-${name}`;

/** The dashboard that shows what a rule watches. */
export function boardOf(rule: {
  readonly watch: string;
  readonly operations?: readonly OperationKind[];
}): BoardName {
  const [first] = rule.operations ?? [];
  if (first !== undefined) return OF_OPERATIONS[first];
  return /^(pool|held)-/.test(rule.watch) ? 'pools' : 'alerts';
}
