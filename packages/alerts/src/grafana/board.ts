import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { DashboardName } from '../rules/histograms';
import type { Thresholds } from '../rules/rule';
import { type Panel, PROMETHEUS } from './panel';
import { OF_ALERT } from './promql';
import { VARIABLES, type VariableName } from './variables';

/** The content of a dashboard. */
export interface Board {
  /** `pg-otel-<name>` is its uid, `grafana/<name>.json` its file. */
  readonly name: DashboardName;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly VariableName[];
  readonly rows: readonly Row[];
}
interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
  /** Whether the row is collapsed. Its panels run no query until it is opened. */
  readonly isCollapsed?: boolean;
}

/** All dashboards have this tag, and link to each other by it. */
const TAG = 'pg-otel';

export function dashboard(
  { name, title, description, variables, rows }: Board,
  { rules }: Thresholds,
): Dashboard {
  const builder = new DashboardBuilder(title)
    .uid(`pg-otel-${name}`)
    .description(description)
    .tags([TAG, 'postgres', 'opentelemetry'])
    .time({ from: 'now-1h', to: 'now' })
    .timezone('browser')
    .refresh('30s')
    .tooltip(DashboardCursorSync.Crosshair)
    .readonly()
    .variables(variables.map((variable) => VARIABLES[variable]()))
    .link(
      new DashboardLinkBuilder('Postgres clients')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .includeVars(true)
        .keepTime(true),
    );
  if (variables.includes('datasource')) {
    const alerts = `alertstate="firing",alertname=~"${rules.map((rule) => rule.name).join('|')}",${OF_ALERT}`;
    builder.annotation(
      new AnnotationQueryBuilder()
        .name('Alerts')
        .datasource(PROMETHEUS)
        .enable(true)
        .iconColor('red')
        .expr(`ALERTS{${alerts}}`)
        .step('15s')
        .titleFormat('{{alertname}} {{severity}}')
        .textFormat('{{service_name}} {{db_namespace}} {{pool}} {{db_query_summary}}'),
    );
  }
  for (const { title: named, panels, isCollapsed = false } of rows) {
    if (panels.length === 0) continue;
    const row = new RowBuilder(named).collapsed(isCollapsed);
    const all = panels as readonly Parameters<typeof row.withPanel>[0][];
    if (isCollapsed) for (const panel of all) row.withPanel(panel);
    builder.withRow(row);
    if (!isCollapsed) for (const panel of all) builder.withPanel(panel);
  }
  return withIds(builder.build());
}

/** Sets fixed ids, so that links to panels do not change. Otherwise, Grafana assigns ids when it loads the dashboard. */
function withIds(built: Dashboard): Dashboard {
  const all = (built.panels ?? []).flatMap((panel) => [panel, ...('panels' in panel ? panel.panels : [])]);
  for (const [index, panel] of all.entries()) panel.id = index + 1;
  return built;
}
