import * as echarts from 'echarts';
import { accepted } from './goals.mjs';
import { kindName, patternName } from './report.mjs';
import { planFor } from './waits.mjs';

const COLORS = ['#1f77b4', '#d95f02', '#7b3294', '#1b7837'];
/** Dark text on white, in dark mode as well. */
const WHITE = '#ffffff';
const BASE = {
  animation: false,
  backgroundColor: WHITE,
  color: COLORS,
  textStyle: { fontFamily: 'sans-serif', fontSize: 13 },
};

/** Name of the file and its SVG. */
export function charts({ sizes, waits }) {
  return {
    'throughput.svg': render(throughput(sizes), 380),
    'use-time.svg': render(useTime(sizes), 380),
    'waits.svg': render(waitCurves(waits), 460),
    'intervals.svg': render(intervals(waits), 680),
  };
}

/** An SVG. */
export function render(option, height) {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: 860, height });
  chart.setOption({ ...BASE, ...option });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${svg}\n`;
}

function overSizes(sizes, { title, yAxis, value, marked = [] }) {
  return {
    title: { text: title, left: 'center', textStyle: { fontSize: 15 } },
    legend: { bottom: 0, itemGap: 24, data: sizes.map(({ kind }) => kindName(kind)) },
    grid: { left: 64, right: 24, top: 44, bottom: 78 },
    xAxis: { type: 'log', logBase: 2, name: 'connections', nameLocation: 'middle', nameGap: 28 },
    yAxis: { nameLocation: 'middle', nameGap: 44, ...yAxis },
    series: [
      ...sizes.map((one) => ({
        name: kindName(one.kind),
        type: 'line',
        symbolSize: 5,
        data: one.bySize.map((of) => [of.size, value(of, one)]),
      })),
      {
        type: 'scatter',
        symbol: 'diamond',
        symbolSize: 18,
        z: 3,
        data: marked.map(({ at, color }) => ({
          value: at,
          itemStyle: { color, borderColor: WHITE, borderWidth: 2 },
        })),
      },
    ],
  };
}

function throughput(sizes) {
  return overSizes(sizes, {
    title: 'Throughput by pool size (diamonds: the sizes that the plan chooses)',
    yAxis: { name: '% of the best', min: 0 },
    value: ({ perSecond }, { best }) => Math.round((perSecond / best.perSecond) * 1000) / 10,
    marked: sizes.map(({ plan, share }, index) => ({
      at: [plan.pool.max, Math.round(share * 1000) / 10],
      color: COLORS[index],
    })),
  });
}

function useTime(sizes) {
  return overSizes(sizes, {
    title: 'Mean use time by pool size: it rises where the server is what is short',
    yAxis: { name: '× that of one connection', type: 'log', min: 0.9 },
    value: ({ useTimeSeconds }, { bySize }) =>
      Math.round((useTimeSeconds / bySize[0].useTimeSeconds) * 100) / 100,
  });
}

/** Below this a logarithmic axis shows it at the edge. */
const LEAST = 1;
const onLog = (seconds) => Math.round(Math.max(LEAST, seconds * 1000) * 100) / 100;

function waitCurves(waits) {
  const points = waits.filter(({ cell }) => cell.kind === 'exponential' && cell.pattern === 'poisson');
  const pools = [...new Set(points.map(({ cell }) => cell.connections))];
  const steps = Array.from({ length: 68 }, (_, step) => 0.3 + step / 100);
  const series = pools.flatMap((connections, index) => {
    const own = points.filter(({ cell }) => cell.connections === connections);
    const useTimeSeconds = own[0].measured.useTimeSeconds;
    const curve = steps.map((utilisation) => {
      const { p99WaitSeconds } = planFor(connections, {
        peakCheckoutsPerSecond: (utilisation * connections) / useTimeSeconds,
        useTimeSeconds,
        useTimeVariability: own[0].measured.useTimeVariability,
      });
      return [Math.round(utilisation * 100) / 100, p99WaitSeconds];
    });
    const line = (type, pick) => ({
      name: `${connections} connections`,
      type: 'line',
      symbol: 'none',
      color: COLORS[index],
      lineStyle: { type, width: type === 'solid' ? 2 : 1.3 },
      data: curve.flatMap(([at, figure]) => {
        const value = pick(figure);
        return typeof value === 'number' ? [[at, onLog(value)]] : [];
      }),
    });
    return [
      line('solid', (figure) => figure),
      line('dashed', (figure) => figure.low),
      line('dashed', (figure) => figure.high),
      measuredPoints(
        own.map(({ measured }) => [
          Math.round(((measured.checkoutsPerSecond * measured.useTimeSeconds) / connections) * 1000) / 1000,
          measured,
        ]),
        COLORS[index],
      ),
    ];
  });
  return {
    title: {
      text: 'p99 wait by utilisation: predicted (number solid, interval dashed), measured (points, 95 % confidence)',
      left: 'center',
      textStyle: { fontSize: 14 },
    },
    legend: { bottom: 0, itemGap: 24, data: pools.map((connections) => `${connections} connections`) },
    grid: { left: 64, right: 24, top: 44, bottom: 78 },
    xAxis: { type: 'value', name: 'utilisation', nameLocation: 'middle', nameGap: 28, min: 0.25, max: 1 },
    yAxis: {
      type: 'log',
      name: 'ms (1 and less at the edge)',
      nameLocation: 'middle',
      nameGap: 44,
      min: LEAST,
    },
    series,
  };
}

/** Of `[x, measured]`, or y where `isAcross`: a point in the bar of its confidence interval. */
function measuredPoints(points, color, isAcross = false) {
  const at = (api, main, value) => api.coord(isAcross ? [value, main] : [main, value]);
  return {
    type: 'custom',
    color,
    data: points.map(([main, { p99WaitSeconds, confidence }]) => [
      main,
      onLog(p99WaitSeconds),
      onLog(confidence.low),
      onLog(confidence.high),
    ]),
    encode: isAcross ? { x: [1, 2, 3], y: 0 } : { x: 0, y: [1, 2, 3] },
    renderItem(_params, api) {
      const main = api.value(0);
      const [cx, cy] = at(api, main, api.value(1));
      const [x1, y1] = at(api, main, api.value(2));
      const [x2, y2] = at(api, main, api.value(3));
      return {
        type: 'group',
        children: [
          { type: 'line', shape: { x1, y1, x2, y2 }, style: { stroke: color, lineWidth: 2 } },
          { type: 'circle', shape: { cx, cy, r: 4 }, style: { fill: color, stroke: WHITE } },
        ],
      };
    },
  };
}

function intervals(waits) {
  const shown = waits
    .filter(({ cell }) => cell.kind !== 'exponential' || cell.pattern !== 'poisson')
    .toReversed();
  const names = shown.map(({ cell, measured }) => {
    const utilisation = (measured.checkoutsPerSecond * measured.useTimeSeconds) / cell.connections;
    return `${kindName(cell.kind)}, ${patternName(cell)}: ${cell.connections} at ${utilisation.toFixed(2)}`;
  });
  const most = Math.max(...shown.map(({ measured }) => onLog(2 * measured.confidence.high)));
  const bars = shown.map(({ planned }, index) => {
    const { low, high } = accepted(planned.p99WaitSeconds);
    return [index, Math.min(most, onLog(low)), Math.min(most, onLog(high))];
  });
  return {
    title: {
      text: 'p99 wait: goal (bar: the plan’s interval, or its number ± 20 %) and measured (point, 95 % confidence)',
      left: 'center',
      textStyle: { fontSize: 14 },
    },
    grid: { left: 400, right: 24, top: 44, bottom: 54 },
    xAxis: {
      type: 'log',
      name: 'ms (1 and less at the edge)',
      nameLocation: 'middle',
      nameGap: 28,
      min: LEAST,
    },
    yAxis: { type: 'category', data: names, axisLabel: { interval: 0 } },
    series: [
      {
        type: 'custom',
        data: bars,
        encode: { x: [1, 2], y: 0 },
        renderItem(_params, api) {
          const [left, middle] = api.coord([api.value(1), api.value(0)]);
          const [right] = api.coord([api.value(2), api.value(0)]);
          const shape = { x: left, y: middle - 7, width: Math.max(2, right - left), height: 14 };
          return { type: 'rect', shape, style: { fill: '#b8cfe5' } };
        },
      },
      measuredPoints(
        shown.map(({ measured }, index) => [index, measured]),
        COLORS[1],
        true,
      ),
    ],
  };
}
