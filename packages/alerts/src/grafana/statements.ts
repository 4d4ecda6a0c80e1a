import { TableSortByFieldStateBuilder } from '@grafana/grafana-foundation-sdk/common';
import { PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/table';
import { tracesLink } from './boards/traces';
import { type Panel, refId, start, target } from './panel';
import { increase, OPERATION, part, quantile, rate, SHOWN, sum } from './promql';
import { OF_DATABASE, PROMETHEUS } from './variables';

const BY = 'service_name, db_query_summary';
/** The maximum number of rows. A service may have 1800 summaries. */
const ROWS_SHOWN = 25;

const time = rate(OPERATION.sum, OF_DATABASE, SHOWN);
const calls = sum(BY, rate(OPERATION.count, OF_DATABASE, SHOWN));

/** Unit and query of each column. */
const COLUMNS = {
  Calls: ['ops', calls],
  'Total time': ['s', sum(BY, increase(OPERATION.sum, OF_DATABASE, SHOWN))],
  Mean: ['s', `${sum(BY, time)} / ${calls}`],
  p99: ['s', quantile(0.99, { histogram: OPERATION, selector: OF_DATABASE, by: BY }, SHOWN)],
  'Time share': ['percentunit', part(BY, time, time).expr],
} as const;

/** A table of the statements with the highest values in one column. Each row links to the traces of its statement. */
export const statements =
  (most: keyof typeof COLUMNS, order: string): Panel =>
  (title) => {
    const description = `Sorted by ${order}: calls per second, total time, mean, 99 % quantile, and share of all time spent on queries. From \`${OPERATION.metric}\` by \`db.query.summary\`; \`_OTHER\` combines all statements beyond the limit of summaries.`;
    const panel = start(new PanelBuilder(), { title, description, unit: 'short' }, [24, 10]);
    // Selects the same rows for all columns.
    const isShown = `on (${BY}) topk(${ROWS_SHOWN}, (${COLUMNS[most][1]}) > 0)`;
    const names: Record<string, string> = { service_name: 'Service', db_query_summary: 'Statement' };
    Object.entries(COLUMNS).forEach(([column, [unit, expr]], index) => {
      const query = target(`(${expr}) and ${isShown}`, index).format(PromQueryFormat.Table).instant();
      panel.withTarget(query.datasource(PROMETHEUS)).overrideByName(column, [{ id: 'unit', value: unit }]);
      names[`Value #${refId(index)}`] = column;
    });
    const [service, statement] = ['${__data.fields.Service}', '${__data.fields.Statement}'];
    const link = tracesLink('Traces of this statement', service, statement);
    return panel
      .sortBy([new TableSortByFieldStateBuilder().displayName(most).desc(true)])
      .overrideByName('Statement', [{ id: 'links', value: [link] }])
      .withTransformation({ id: 'merge', options: {} })
      .withTransformation({
        id: 'organize',
        options: {
          excludeByName: { Time: true },
          indexByName: Object.fromEntries(Object.keys(names).map((name, index) => [name, index])),
          renameByName: names,
        },
      });
  };
