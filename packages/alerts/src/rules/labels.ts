import type { Match } from './rule';

/**
 * The OpenTelemetry attribute from which each label of an alert is copied, on the resource or on the record. Collector,
 * Prometheus and evaluator set the same labels, because Alertmanager treats alerts with equal labels as one
 * (docs/reference/compiled-configuration.md#alerts).
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
export const SOURCE_LABELS = Object.keys(LABEL_SOURCES) as readonly SourceLabel[];

/** Labels that identify the subject of an alert. `failure` is derived from `error.type`. */
export type SubjectLabel = SourceLabel | 'failure';
export const SUBJECT_LABELS: readonly SubjectLabel[] = [...SOURCE_LABELS, 'failure'];

/** Labels of the service. The `k8s_*` labels are absent without Kubernetes. */
export const SERVICE = SOURCE_LABELS.filter((label) => LABEL_SOURCES[label].of === 'resource');
/** Labels that every series and event of the instrumentation has. */
export const DATABASE: readonly SourceLabel[] = [...SERVICE, 'server_address', 'db_namespace'];

/** The label that each field of a match is compared with. */
export const MATCH_LABELS: Readonly<Record<keyof Match, SourceLabel>> = {
  service: 'service_name',
  environment: 'deployment_environment_name',
  database: 'db_namespace',
  pool: 'pool',
};

/** The fields of a match that are set, with their values. */
export function partsOf(match: Match): [part: keyof Match, value: string][] {
  return (Object.keys(MATCH_LABELS) as (keyof Match)[]).flatMap((part) => {
    const value = match[part];
    return value === undefined ? [] : [[part, value]];
  });
}
