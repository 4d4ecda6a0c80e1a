import type { Match } from './rule';

/**
 * OpenTelemetry's attribute that a label of an alert holds, and where it is found. `failure` is derived from
 * `error.type`. Collector, Prometheus and evaluator set the same labels, as Alertmanager treats two alerts with equal
 * labels as one (docs/reference/compiled-configuration.md#alerts).
 */
export const LABEL_SOURCES = {
  service_name: { of: 'resource', attribute: 'service.name' },
  deployment_environment_name: { of: 'resource', attribute: 'deployment.environment.name' },
  k8s_cluster_name: { of: 'resource', attribute: 'k8s.cluster.name' },
  k8s_namespace_name: { of: 'resource', attribute: 'k8s.namespace.name' },
  server_address: { of: 'record', attribute: 'server.address' },
  db_namespace: { of: 'record', attribute: 'db.namespace' },
  pool: { of: 'record', attribute: 'db.client.connection.pool.name' },
  db_query_summary: { of: 'record', attribute: 'db.query.summary' },
} as const;
export type SourceLabel = keyof typeof LABEL_SOURCES;

/** Labels of what an alert is about. It has `alertname`, `severity`, `signal`, `receiver` and the user's labels as well. */
export type SubjectLabel = SourceLabel | 'failure';

export const SUBJECT_LABELS = [...(Object.keys(LABEL_SOURCES) as SourceLabel[]), 'failure'] as const;

/** Labels of the service. Without Kubernetes, its labels are absent. */
export const SERVICE = [
  'service_name',
  'deployment_environment_name',
  'k8s_cluster_name',
  'k8s_namespace_name',
] as const satisfies readonly SubjectLabel[];

/** Labels that every series and event of the instrumentation has. */
export const DATABASE = [
  ...SERVICE,
  'server_address',
  'db_namespace',
] as const satisfies readonly SubjectLabel[];

/** The label that each part of a match is compared with. */
export const MATCH_LABELS: Readonly<Record<keyof Match, SourceLabel>> = {
  service: 'service_name',
  environment: 'deployment_environment_name',
  database: 'db_namespace',
  pool: 'pool',
};

/** The parts of a match that are set, with their values. */
export function partsOf(match: Match): [part: keyof Match, value: string][] {
  return (Object.keys(MATCH_LABELS) as (keyof Match)[]).flatMap((part) => {
    const value = match[part];
    return value === undefined ? [] : [[part, value]];
  });
}
