import { TableSortByFieldStateBuilder } from '@grafana/grafana-foundation-sdk/common';
import { PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/table';
import { TIMES } from '../rules/times';
import { tracesLink } from './boards/traces';
import { type Panel, start, target } from './panel';
import { SHOWN, sum } from './promql';
import { OF_DATABASE, PROMETHEUS } from './variables';

const COLUMNS = {
  service_name: 'Service',
  db_query_summary: 'Statement',
  pg_otel_diagnosis_kind: 'Kind',
  pg_otel_diagnosis: 'Answer',
  Value: 'Answers',
};
const BY = 'service_name, db_query_summary, pg_otel_diagnosis_kind, pg_otel_diagnosis';
const ROWS_SHOWN = 25;

const COUNTER = `pg_otel_threshold_diagnoses_total{${OF_DATABASE}}`;
const now = `last_over_time(${COUNTER}[${SHOWN}])`;
/** Most series begin with their only answer, which `increase` would miss. */
const before = `last_over_time(${COUNTER}[${TIMES.counterRemembered}s] offset ${SHOWN})`;
const answers = `clamp_min(${now} - (${before} or 0 * ${now}), 0)`;

/** A table of the reasons for slow queries, as the server named them, with the statements that they are about. */
export const reasons: Panel = (title) => {
  const description =
    'Answers of the server about queries above a threshold, while they ran, by the kind of the first reason. The alert, the log event and the span have the reason in words. `pg_otel.threshold.diagnoses`, counted by the collector.';
  const panel = start(new PanelBuilder(), { title, description, unit: 'short' }, [24, 8]);
  const expr = `topk(${ROWS_SHOWN}, ${sum(BY, answers)} > 0)`;
  const link = tracesLink(
    'Traces of this statement',
    '${__data.fields.Service}',
    '${__data.fields.Statement}',
  );
  return panel
    .withTarget(target(expr).format(PromQueryFormat.Table).instant().datasource(PROMETHEUS))
    .sortBy([new TableSortByFieldStateBuilder().displayName(COLUMNS.Value).desc(true)])
    .noValue('No query was above a threshold')
    .overrideByName(COLUMNS.db_query_summary, [{ id: 'links', value: [link] }])
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: { Time: true },
        indexByName: Object.fromEntries(Object.keys(COLUMNS).map((name, index) => [name, index])),
        renameByName: COLUMNS,
      },
    });
};
