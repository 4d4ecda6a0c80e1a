/** Reads compiled dashboards for tests. */
import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Compiled } from '../src/rules/compiled';

export type { Dashboard, Panel };

/** A query of a panel, or of a variable. */
interface DashboardQuery {
  /** uid */
  readonly dashboard: string;
  readonly panel: string;
  readonly refId: string;
  /** PromQL with Grafana's variables in it. */
  readonly expr: string;
  readonly legend: string;
}

/** All panels of a dashboard, those of closed rows as well. */
export function panelsOf({ panels = [] }: Dashboard): Panel[] {
  return panels.flatMap((panel) => ('panels' in panel ? panel.panels : [panel as Panel]));
}

/** All PromQL queries of the panels. */
export function dashboardQueries(dashboards: readonly Dashboard[]): DashboardQuery[] {
  return dashboards.flatMap((dashboard) =>
    panelsOf(dashboard).flatMap((panel) =>
      (panel.targets ?? []).flatMap((target) => {
        const { refId, expr, legendFormat } = target as unknown as Record<string, string | undefined>;
        // Panels of traces query other data sources.
        if (expr === undefined) return [];
        return {
          dashboard: dashboard.uid ?? '',
          panel: panel.title ?? '',
          refId: refId ?? '',
          expr,
          legend: legendFormat ?? '',
        };
      }),
    ),
  );
}

/**
 * The query as Grafana sends it when every variable is set to *All*.
 *
 * @param window in PromQL, for the width of a rate: four scrape intervals or more
 * @param shown in PromQL, for the time that the dashboard shows
 */
export function withoutVariables(expr: string, { window, shown }: { window: string; shown: string }): string {
  return expr
    .replaceAll('$__rate_interval', window)
    .replaceAll('$__range', shown)
    .replace(/\$[a-z_]+/g, '.*');
}

/** The dashboards as Grafana loads them. */
export function dashboards(compiled: Compiled): Dashboard[] {
  return compiled.files
    .filter(({ path }) => path.startsWith('grafana/') && path.endsWith('.json'))
    .map(({ content }) => JSON.parse(content) as Dashboard);
}
