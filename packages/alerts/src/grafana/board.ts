import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Panel } from './panel';
import { VARIABLES, type VariableName } from './variables';

/** A dashboard, as its file describes it. */
export interface Board {
  /** `pg-otel-<name>` is its uid, `grafana/<name>.json` its file. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly VariableName[];
  readonly rows: readonly Row[];
}
interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** All dashboards have it, and lead to whatever has it. */
const TAG = 'pg-otel';

export function dashboard({ name, title, description, variables, rows }: Board): Dashboard {
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
  for (const row of rows) {
    if (row.panels.length === 0) continue;
    builder.withRow(new RowBuilder(row.title));
    for (const panel of row.panels) builder.withPanel(panel as Parameters<typeof builder.withPanel>[0]);
  }
  return withIds(builder.build());
}

/** Grafana numbers panels that have no id when it loads them: then links to a panel would depend on the order. */
function withIds(built: Dashboard): Dashboard {
  built.panels?.forEach((panel, index) => {
    panel.id = index + 1;
  });
  return built;
}
