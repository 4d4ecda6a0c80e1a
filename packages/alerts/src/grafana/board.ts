import * as grafana from '@grafana/grafana-foundation-sdk/dashboard';
import type { DashboardName } from '../rules/histograms';
import type { Thresholds } from '../rules/rule';
import type { Panel } from './panel';
import { OF_ALERT, PROMETHEUS } from './variables';

/** The content of a dashboard. */
export interface Board {
  /** `pg-otel-<name>` is its uid, `grafana/<name>.json` its file. */
  readonly name: DashboardName;
  readonly description: string;
  /** Panels by the title of their row and their own. */
  readonly rows: Readonly<Record<string, Readonly<Record<string, Panel>>>>;
  /** The row that is collapsed. Its panels run no query until it is opened. */
  readonly collapsed?: string;
  readonly variables: Parameters<grafana.DashboardBuilder['variables']>[0];
}

/** All dashboards have this tag, and link to each other by it. */
const TAG = 'pg-otel';

/** The alerts of the rules that fire in Prometheus. */
export function firingAlerts({ rules }: Thresholds): string {
  return `ALERTS{alertstate="firing",alertname=~"${rules.map(({ name }) => name).join('|')}",${OF_ALERT}}`;
}

export function dashboard(board: Board, thresholds: Thresholds): grafana.Dashboard {
  const { name, description, variables } = board;
  const builder = new grafana.DashboardBuilder(`Postgres clients: ${name}`)
    .uid(`pg-otel-${name}`)
    .description(description)
    .tags([TAG, 'postgres', 'opentelemetry'])
    .time({ from: 'now-1h', to: 'now' })
    .refresh('30s')
    .tooltip(grafana.DashboardCursorSync.Crosshair)
    .readonly()
    .variables(variables)
    .link(
      new grafana.DashboardLinkBuilder('Postgres clients')
        .type(grafana.DashboardLinkType.Dashboards)
        .tags([TAG])
        .includeVars(true)
        .keepTime(true),
    );
  // The dashboard of traces has no data source with alerts.
  if (name !== 'traces') {
    builder.annotation(
      new grafana.AnnotationQueryBuilder()
        .name('Alerts')
        .datasource(PROMETHEUS)
        .iconColor('red')
        .expr(firingAlerts(thresholds))
        .step('15s')
        .titleFormat('{{alertname}} {{severity}}')
        .textFormat('{{service_name}} {{db_namespace}} {{pool}} {{db_query_summary}}'),
    );
  }
  for (const [title, panels] of Object.entries(board.rows)) {
    const row = new grafana.RowBuilder(title);
    const titled = Object.entries(panels).map(([name, panel]) => panel(name, thresholds));
    const isCollapsed = title === board.collapsed;
    if (isCollapsed) for (const panel of titled) row.withPanel(panel);
    builder.withRow(row);
    if (!isCollapsed) for (const panel of titled) builder.withPanel(panel);
  }
  const built = builder.build();
  // Fixed ids, so that links to panels do not change. Otherwise, Grafana assigns ids when it loads the dashboard.
  const all = (built.panels ?? []).flatMap((panel) => [panel, ...('panels' in panel ? panel.panels : [])]);
  for (const [index, panel] of all.entries()) panel.id = index + 1;
  return built;
}
