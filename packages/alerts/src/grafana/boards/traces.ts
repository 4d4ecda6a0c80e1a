import { TextBoxVariableBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/table';
import { dashboardPath } from '../../rules/watch';
import type { Board } from '../board';
import { type Panel, start } from '../panel';
import { dataSource } from '../variables';

/** A text variable, empty until a link or the user sets it. */
const text = (name: string, label: string) => new TextBoxVariableBuilder(name).label(label).defaultValue('');

const found =
  (type: string, search: object): Panel =>
  (title) => {
    const datasource = { type, uid: `\${${type}}` };
    const description =
      'Results of the search above in the selected data source. Each row links to its trace.';
    return start(new PanelBuilder(), { title, description, unit: 'short' }, [24, 16], datasource).withTarget({
      build: () => ({ refId: 'A', datasource, ...search, limit: 50 }) as never,
    });
  };

/** A search in the trace store that the user selects. A link from another dashboard or the user sets the variables. */
export const tracesBoard = (): Board => ({
  name: 'traces',
  description: 'Traces by service, statement or duration. The other dashboards link here.',
  variables: [
    dataSource('jaeger', 'Jaeger'),
    dataSource('tempo', 'Tempo'),
    text('service', 'Service'),
    text('operation', 'Operation (Jaeger)'),
    text('min_duration', 'Longer than (Jaeger)'),
    text('traceql', 'Conditions (Tempo)'),
  ],
  rows: {
    Jaeger: {
      'Traces in Jaeger': found('jaeger', {
        queryType: 'search',
        service: '${service}',
        operation: '${operation}',
        minDuration: '${min_duration}',
      }),
    },
    Tempo: {
      'Traces in Tempo': found('tempo', {
        queryType: 'traceql',
        query: '{ resource.service.name = `${service:raw}` ${traceql:raw} }',
        tableType: 'traces',
      }),
    },
  },
  // Users without Tempo see no error.
  collapsed: 'Tempo',
});

/**
 * A link to this dashboard with a search. Service and operation are Grafana expressions for the clicked value, such as
 * `${__field.labels.service_name}`. The operation is a query summary, which is also the span name. `minDuration` has
 * a unit, such as `50ms`.
 *
 * The link does not open Explore, because its URL contains JSON, and Grafana has no format that escapes `"` and `\` for
 * JSON in a URL (`:json` does not change strings). A variable of a dashboard only needs percent-encoding.
 */
export function tracesLink(title: string, service: string, operation = '', minDuration = ''): object {
  // A raw string of TraceQL can contain every character except a backtick.
  const conditions = [
    operation && `&& name = \`${operation}\``,
    minDuration && `&& duration > ${minDuration}`,
  ];
  const traceql = conditions.filter(Boolean).join(' ');
  const search = Object.entries({ service, operation, min_duration: minDuration, traceql }).map(
    ([name, value]) => `var-${name}=${encoded(value)}`,
  );
  return {
    title,
    url: `${dashboardPath('traces')}?${search.join('&')}&from=\${__from}&to=\${__to}`,
    targetBlank: true,
  };
}

/** Percent-encodes a text now, and the values of its expressions in Grafana. */
function encoded(text: string): string {
  return text.replaceAll(/\$\{([^}]+)\}|[^$]+|\$/g, (all, expression) =>
    expression === undefined ? encodeURIComponent(all) : `\${${expression}:percentencode}`,
  );
}
