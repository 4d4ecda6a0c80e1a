import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { OPERATION } from './promql';

export const PROMETHEUS = { type: 'prometheus', uid: '${datasource}' } as const;

const QUERIES = OPERATION.count;
const CONNECTIONS = 'db_client_connection_count';

/**
 * What a user selects, from the service to the instance: a variable, its title, its label in Prometheus, and a metric
 * with that label. Each list contains only values that exist for the selection up to `after`. The lists of clusters and
 * namespaces are empty without Kubernetes.
 */
const SELECTION = [
  ['service_name', 'Service', 'service_name', QUERIES],
  ['deployment_environment_name', 'Environment', 'deployment_environment_name', QUERIES, 'service_name'],
  ['cluster', 'Cluster', 'k8s_cluster_name', QUERIES, 'service_name'],
  ['namespace', 'Namespace', 'k8s_namespace_name', QUERIES, 'service_name'],
  ['db_namespace', 'Database', 'db_namespace', QUERIES, 'namespace'],
  ['pool', 'Pool', 'db_client_connection_pool_name', CONNECTIONS, 'db_namespace'],
  ['instance', 'Instance', 'instance', CONNECTIONS, 'pool'],
] as const;
type Variable = (typeof SELECTION)[number][0];

const upTo = (last: Variable) => SELECTION.slice(0, SELECTION.findIndex(([name]) => name === last) + 1);

/** The matchers for a selection. "All" is `.*`, which also matches series without the label, such as those without an environment. */
const selected = (last: Variable): string =>
  upTo(last)
    .map(([name, , label]) => `${label}=~"$${name}"`)
    .join(',');

const OF_SERVICE = selected('namespace');
export const OF_DATABASE = selected('db_namespace');
export const OF_POOL = selected('pool');
export const OF_INSTANCE = selected('instance');
/** Also matches alerts without a service, such as those about the collector. */
export const OF_ALERT = OF_SERVICE.replaceAll(/"(\$\w+)"/g, '"$1|"');

/** The variables of a dashboard with a selection up to `last`. */
export function selectionOf(last: Variable) {
  return [
    dataSource('datasource', 'Prometheus'),
    ...upTo(last).map(([name, title, label, metric, after]) => {
      const series = after === undefined ? metric : `${metric}{${selected(after)}}`;
      const query = `label_values(${series}, ${label})`;
      return new QueryVariableBuilder(name)
        .label(title)
        .datasource(PROMETHEUS)
        .query({ qryType: 1, query, refId: 'PrometheusVariableQueryEditor-VariableQuery' })
        .definition(query)
        .refresh(VariableRefresh.OnTimeRangeChanged)
        .sort(VariableSort.AlphabeticalAsc)
        .multi(true)
        .includeAll(true)
        .allValue('.*')
        .current({ selected: true, text: ['All'], value: ['$__all'] });
    }),
  ];
}

/** A choice of data sources. Grafana selects its default data source first. */
export function dataSource(name: string, type: string): DatasourceVariableBuilder {
  return new DatasourceVariableBuilder(name).label(type).type(type.toLowerCase());
}
