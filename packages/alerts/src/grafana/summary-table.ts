import { TableSortByFieldStateBuilder } from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PROMETHEUS, tableQuery } from './panel';
import { OF_DATABASE, OPERATION, quantile, rate, SHOWN, sum } from './promql';
import { tracesLink } from './traces-link';

const BY = 'service_name, db_query_summary';
/** The maximum number of rows. A service may have 1800 summaries. */
const ROWS_SHOWN = 25;

const each = (suffix: string) => sum(BY, rate(`${OPERATION}_${suffix}`, OF_DATABASE, SHOWN));
const all = sum('', rate(`${OPERATION}_sum`, OF_DATABASE, SHOWN));

const COLUMNS = {
  calls: { title: 'Calls', unit: 'ops', expr: each('count') },
  total: {
    title: 'Total time',
    unit: 's',
    expr: sum(BY, `increase(${OPERATION}_sum{${OF_DATABASE}}[${SHOWN}])`),
  },
  mean: { title: 'Mean', unit: 's', expr: `${each('sum')} / ${each('count')}` },
  p99: {
    title: 'p99',
    unit: 's',
    expr: quantile(0.99, { histogram: OPERATION, selector: OF_DATABASE, by: BY, window: SHOWN }),
  },
  share: { title: 'Time share', unit: 'percentunit', expr: `${each('sum')} / scalar(${all})` },
} as const;
type Column = keyof typeof COLUMNS;

/** A table of the statements with the highest values in one column. Each row links to the traces of its statement. */
export function summaryTable(spec: {
  readonly title: string;
  readonly description: string;
  readonly most: Column;
}): PanelBuilder {
  const { title, expr: most } = COLUMNS[spec.most];
  const panel = new PanelBuilder()
    .title(spec.title)
    .description(spec.description)
    .datasource(PROMETHEUS)
    .unit('short')
    .span(24)
    .height(10)
    .sortBy([new TableSortByFieldStateBuilder().displayName(title).desc(true)]);
  const columns = Object.values(COLUMNS).map((column, index) => ({ ...column, refId: 'ABCDE'[index] ?? '' }));
  for (const { expr, refId } of columns) {
    // Selects the same rows for all columns.
    const isShown = `topk(${ROWS_SHOWN}, (${most}) > 0)`;
    panel.withTarget(tableQuery(refId, `(${expr}) and on (${BY}) ${isShown}`));
  }
  panel.withTransformation({ id: 'merge', options: {} }).withTransformation({
    id: 'organize',
    options: {
      excludeByName: { Time: true },
      indexByName: Object.fromEntries(
        ['service_name', 'db_query_summary', ...columns.map(({ refId }) => `Value #${refId}`)].map(
          (name, index) => [name, index],
        ),
      ),
      renameByName: {
        service_name: 'Service',
        db_query_summary: 'Statement',
        ...Object.fromEntries(columns.map((column) => [`Value #${column.refId}`, column.title])),
      },
    },
  });
  for (const column of columns) panel.overrideByName(column.title, [{ id: 'unit', value: column.unit }]);
  const link = tracesLink({
    title: 'Traces of this statement',
    service: '${__data.fields.Service}',
    operation: '${__data.fields.Statement}',
  });
  return panel.overrideByName('Statement', [{ id: 'links', value: [link] }]);
}
