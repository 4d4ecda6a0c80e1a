import type { Prometheus, PrometheusSample } from '@pg-otel/testkit';
import * as echarts from 'echarts';
import {
  type Dashboard,
  dashboardQueries,
  type Panel,
  withoutVariables,
} from '../../../packages/alerts/test/dashboards.reference';

type Span = Parameters<typeof withoutVariables>[1];
interface Series {
  readonly name: string;
  readonly points: readonly (readonly [millis: number, value: number])[];
}

/** Of a dashboard's grid: 24 columns. */
const COLUMN = 60;
const ROW = 32;
const TITLE = 30;

/** What a dashboard would show of the last minute: its panels in their places, as SVG. */
export async function drawDashboard(board: Dashboard, prometheus: Prometheus, span: Span): Promise<string> {
  const panels = (board.panels ?? []) as Panel[];
  const parts: string[] = [];
  let height = 0;
  for (const panel of panels) {
    const { x = 0, y = 0, w = 24, h = 1 } = panel.gridPos ?? {};
    height = Math.max(height, (y + h) * ROW);
    const drawn = await drawPanel(panel, prometheus, span, { width: w * COLUMN - 10, height: h * ROW - 6 });
    parts.push(`<g transform="translate(${x * COLUMN + 5},${y * ROW + TITLE})">${drawn}</g>`);
  }
  const width = 24 * COLUMN;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height + TITLE}" font-family="sans-serif"><rect width="100%" height="100%" fill="#fff"/><text x="8" y="22" font-size="18">${escaped(board.title ?? '')}</text>${parts.join('')}</svg>`;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

async function drawPanel(panel: Panel, prometheus: Prometheus, span: Span, size: Size): Promise<string> {
  const queries = dashboardQueries([{ panels: [panel] } as unknown as Dashboard]);
  if (panel.type === 'row') return texts([panel.title ?? ''], 14);
  if (panel.type === 'table') {
    const answers = await Promise.all(
      queries.map(({ expr }) => prometheus.query(withoutVariables(expr, span))),
    );
    return texts([`${panel.title}: calls/s, mean, p99, time share`, ...tableRows(answers)], 12);
  }
  if (panel.type !== 'timeseries')
    return texts([`${panel.title} (${panel.type}: of Grafana's alerting)`], 12);
  const series: Series[] = [];
  for (const { expr, legend } of queries) {
    series.push(...(await range(prometheus, withoutVariables(expr, span), legend)));
  }
  return drawChart(panel, series, size);
}

async function range(prometheus: Prometheus, query: string, legend: string): Promise<Series[]> {
  const now = Date.now() / 1000;
  const parameters = new URLSearchParams({ query, start: String(now - 60), end: String(now), step: '1' });
  const response = await prometheus.fetch(`${prometheus.url}/api/v1/query_range?${parameters}`);
  const { data } = (await response.json()) as {
    data: { result: { metric: Record<string, string>; values: [number, string][] }[] };
  };
  return data.result.map(({ metric, values }) => ({
    name: legend.replace(/\{\{(\w+)\}\}/g, (_, label) => metric[label] ?? '').trim(),
    points: values.map(([seconds, value]) => [seconds * 1000, Number(value)] as const),
  }));
}

function drawChart(panel: Panel, series: readonly Series[], size: Size): string {
  const { custom, thresholds, unit } = panel.fieldConfig?.defaults ?? {};
  const isStacked = custom?.stacking?.mode === 'normal';
  const isLogarithmic = custom?.scaleDistribution?.type === 'log';
  const limits =
    custom?.thresholdsStyle?.mode === 'dashed'
      ? (thresholds?.steps ?? []).filter(({ value }) => value !== null)
      : [];
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, ...size });
  chart.setOption({
    animation: false,
    title: { text: `${panel.title} [${unit}]`, textStyle: { fontSize: 13 } },
    legend: { bottom: 0, type: 'plain', textStyle: { fontSize: 9 }, itemHeight: 8 },
    grid: { top: 34, bottom: 48, left: 60, right: 20 },
    xAxis: { type: 'time', axisLabel: { fontSize: 9 } },
    yAxis: {
      type: isLogarithmic ? 'log' : 'value',
      max: ({ max }: { max: number }) =>
        custom?.axisSoftMax !== undefined && max < custom.axisSoftMax ? custom.axisSoftMax : null,
      axisLabel: { fontSize: 9 },
    },
    series: [
      ...series.map(({ name, points }) => ({
        type: 'line',
        name,
        showSymbol: false,
        data: points.filter(([, value]) => Number.isFinite(value) && (!isLogarithmic || value > 0)),
        ...(isStacked ? { stack: 'all', areaStyle: {} } : {}),
      })),
      ...limits.map(({ value, color }) => ({
        type: 'line',
        data: [],
        markLine: {
          silent: true,
          symbol: 'none',
          lineStyle: { type: 'dashed', color },
          data: [{ yAxis: value as number }],
        },
      })),
    ],
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

function tableRows(answers: readonly PrometheusSample[][]): string[] {
  const rows = new Map<string, string[]>();
  answers.forEach((samples, column) => {
    for (const { labels, value } of samples) {
      const key = `${labels['service_name']}  ${labels['db_query_summary']}`;
      const row = rows.get(key) ?? [];
      row[column] = value.toPrecision(3);
      rows.set(key, row);
    }
  });
  return [...rows].map(([key, row]) => `${key}   |   ${row.join('   ')}`);
}

function texts(lines: readonly string[], size: number): string {
  return lines
    .map(
      (line, index) =>
        `<text x="4" y="${(index + 1.2) * size * 1.4}" font-size="${size}">${escaped(line)}</text>`,
    )
    .join('');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
