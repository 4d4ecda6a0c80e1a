import { PanelBuilder } from '@grafana/grafana-foundation-sdk/table';
import type { Board } from '../board';

/** The query for each trace store. A link from another dashboard or the user sets the variables. */
const SEARCHES = {
  jaeger: {
    queryType: 'search',
    service: '${service}',
    operation: '${operation}',
    minDuration: '${min_duration}',
    limit: 50,
  },
  tempo: {
    queryType: 'traceql',
    query: '{ resource.service.name = `${service:raw}` ${traceql:raw} }',
    tableType: 'traces',
    limit: 50,
  },
} as const;

export function tracesBoard(): Board {
  return {
    name: 'traces',
    title: 'Postgres clients: traces',
    description: 'Traces by service, statement or duration. The other dashboards link here.',
    variables: ['jaeger', 'tempo', 'service', 'operation', 'min_duration', 'traceql'],
    rows: [
      { title: 'Jaeger', panels: [found('jaeger', 'Traces in Jaeger')] },
      // Collapsed, so that users without Tempo see no error.
      { title: 'Tempo', panels: [found('tempo', 'Traces in Tempo')], isCollapsed: true },
    ],
  };
}

function found(store: keyof typeof SEARCHES, title: string) {
  const datasource = { type: store, uid: `\${${store}}` };
  const query = { refId: 'A', datasource, ...SEARCHES[store] };
  return new PanelBuilder()
    .title(title)
    .description('Results of the search above in the selected data source. Each row links to its trace.')
    .datasource(datasource)
    .unit('short')
    .span(24)
    .height(16)
    .withTarget({ build: () => query as never });
}
