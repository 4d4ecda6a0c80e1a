import { histogramsOf } from './histograms';
import type { Match, Rule } from './rule';

/**
 * Labels of an alert beside `alertname`, `severity`, `signal`, `receiver` and the user's: the same whoever tells it
 * (docs/explanation/architecture.md, *Thresholds*). Two alerts with the same labels are one.
 */
export type SubjectLabel =
  | 'service_name'
  | 'deployment_environment_name'
  | 'k8s_cluster_name'
  | 'k8s_namespace_name'
  | 'server_address'
  | 'db_namespace'
  | 'pool'
  | 'db_query_summary'
  | 'failure';

/** OpenTelemetry's attribute that a label holds, and where it stands. `failure` is made of `error.type`. */
export const LABEL_SOURCES: Readonly<
  Record<Exclude<SubjectLabel, 'failure'>, { readonly of: 'resource' | 'record'; readonly attribute: string }>
> = {
  service_name: { of: 'resource', attribute: 'service.name' },
  deployment_environment_name: { of: 'resource', attribute: 'deployment.environment.name' },
  k8s_cluster_name: { of: 'resource', attribute: 'k8s.cluster.name' },
  k8s_namespace_name: { of: 'resource', attribute: 'k8s.namespace.name' },
  server_address: { of: 'record', attribute: 'server.address' },
  db_namespace: { of: 'record', attribute: 'db.namespace' },
  pool: { of: 'record', attribute: 'db.client.connection.pool.name' },
  db_query_summary: { of: 'record', attribute: 'db.query.summary' },
};

/** Whose telemetry it is. Where there is no Kubernetes, its labels are missing and change nothing. */
export const SERVICE = [
  'service_name',
  'deployment_environment_name',
  'k8s_cluster_name',
  'k8s_namespace_name',
] as const satisfies readonly SubjectLabel[];

/** What every series of the instrumentation says of its database. */
export const DATABASE = [
  ...SERVICE,
  'server_address',
  'db_namespace',
] as const satisfies readonly SubjectLabel[];

/**
 * Which labels a rule's alerts have. A slow query has its summary and not its pool, which the histogram behind it
 * does not have either; a share is of all queries together.
 */
export function labelsOf(rule: Rule): readonly SubjectLabel[] {
  switch (rule.watch) {
    case 'slow-operation': {
      const histograms = histogramsOf(rule.operations);
      return [
        ...DATABASE,
        ...(histograms.some(({ hasPool }) => hasPool) ? (['pool'] as const) : []),
        ...(histograms.some(({ hasSummary }) => hasSummary) ? (['db_query_summary'] as const) : []),
      ];
    }
    case 'share-within':
      return histogramsOf(rule.operations).some(({ hasPool }) => hasPool) ? [...DATABASE, 'pool'] : DATABASE;
    case 'failed-operation':
      return [...DATABASE, 'pool', 'failure'];
    case 'held-connection':
    case 'pool-utilization':
    case 'pool-waiting':
    case 'pool-unhealthy':
      return [...DATABASE, 'pool'];
    case 'missing-telemetry':
      return SERVICE;
    default:
      return [];
  }
}

/** The label that each part of a match is compared with. */
export const MATCH_LABELS: Readonly<Record<keyof Match, Exclude<SubjectLabel, 'failure'>>> = {
  service: 'service_name',
  environment: 'deployment_environment_name',
  database: 'db_namespace',
  pool: 'pool',
};
