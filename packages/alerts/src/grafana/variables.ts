import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { OF_DATABASE, OF_POOL, OF_SERVICE, OPERATION } from './promql';

/** The variables of dashboards. Each list contains only values that exist for the previous choices. */
export const VARIABLES = {
  datasource: () => dataSource('datasource', 'Prometheus', 'prometheus'),
  jaeger: () => dataSource('jaeger', 'Jaeger', 'jaeger'),
  tempo: () => dataSource('tempo', 'Tempo', 'tempo'),
  service: () => text('service', 'Service'),
  operation: () => text('operation', 'Operation (Jaeger)'),
  min_duration: () => text('min_duration', 'Longer than (Jaeger)'),
  traceql: () => text('traceql', 'Conditions (Tempo)'),
  service_name: () => values('service_name', 'Service', `${OPERATION}_count`, 'service_name'),
  deployment_environment_name: () =>
    ofService('deployment_environment_name', 'Environment', 'deployment_environment_name'),
  cluster: () => ofService('cluster', 'Cluster', 'k8s_cluster_name'),
  namespace: () => ofService('namespace', 'Namespace', 'k8s_namespace_name'),
  db_namespace: () => values('db_namespace', 'Database', `${OPERATION}_count{${OF_SERVICE}}`, 'db_namespace'),
  pool: () =>
    values('pool', 'Pool', `db_client_connection_count{${OF_DATABASE}}`, 'db_client_connection_pool_name'),
  instance: () => values('instance', 'Instance', `db_client_connection_count{${OF_POOL}}`, 'instance'),
} as const;

export type VariableName = keyof typeof VARIABLES;

/** Variables for the service. The lists of clusters and namespaces are empty without Kubernetes. */
export const SERVICE_VARIABLES = [
  'service_name',
  'deployment_environment_name',
  'cluster',
  'namespace',
] as const satisfies readonly VariableName[];

function ofService(name: string, label: string, of: string): QueryVariableBuilder {
  return values(name, label, `${OPERATION}_count{service_name=~"$service_name"}`, of);
}

/** A choice of data sources. Grafana selects its default data source first. */
function dataSource(name: string, label: string, type: string): DatasourceVariableBuilder {
  return new DatasourceVariableBuilder(name).label(label).type(type);
}

/** A text variable, empty until a link or the user sets it. */
function text(name: string, label: string): TextBoxVariableBuilder {
  return new TextBoxVariableBuilder(name).label(label).defaultValue('');
}

function values(name: string, label: string, series: string, of: string): QueryVariableBuilder {
  const query = `label_values(${series}, ${of})`;
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource({ type: 'prometheus', uid: '${datasource}' })
    .query({ qryType: 1, query, refId: 'PrometheusVariableQueryEditor-VariableQuery' })
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ selected: true, text: ['All'], value: ['$__all'] });
}
