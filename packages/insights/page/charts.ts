import uPlot from 'uplot';
import type { TimelinePoint } from '../src/timeline/timeline';
import { clock, count, duration } from './format';

const color = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** A line of the chart at a fixed value. */
interface Limit {
  readonly value: number;
  readonly label: string;
}

interface Shape {
  readonly unit: (value: number) => string;
  readonly isLogarithmic: boolean;
  readonly series: readonly { readonly label: string; readonly color: string }[];
  readonly limits: readonly Limit[];
  /** The range of the axis includes this. */
  readonly least: readonly [low: number, high: number];
}

const LATENCY: Shape = {
  unit: duration,
  isLogarithmic: true,
  series: [
    { label: 'p50', color: 'series-1' },
    { label: 'p95', color: 'series-2' },
    { label: 'p99', color: 'series-3' },
  ],
  limits: [
    { value: 0.05, label: 'target 50 ms' },
    { value: 1, label: 'slow 1 s' },
    { value: 5, label: 'critical 5 s' },
  ],
  least: [0.001, 8],
};

/** Connections, and requests that wait for one. */
const POOL: Shape = {
  unit: count,
  isLogarithmic: false,
  series: [
    { label: 'used connections', color: 'series-1' },
    { label: 'waiting requests', color: 'series-2' },
    { label: 'size of the pool', color: 'series-3' },
  ],
  limits: [],
  least: [0, 2],
};

/** A chart that is drawn again when its data, its size or the colour scheme changes. */
export class Chart {
  readonly #element: HTMLElement;
  readonly #shape: Shape;
  #plot: uPlot | undefined;
  #data: uPlot.AlignedData = [[]];

  constructor(element: HTMLElement, shape: Shape) {
    this.#element = element;
    this.#shape = shape;
    new ResizeObserver(() => this.#plot?.setSize(this.#size())).observe(element);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      this.#plot?.destroy();
      this.#plot = undefined;
      this.draw(this.#data);
    });
  }

  draw(data: uPlot.AlignedData): void {
    this.#data = data;
    if (this.#plot === undefined) this.#plot = new uPlot(this.#options(), data, this.#element);
    else this.#plot.setData(data);
  }

  #size(): { width: number; height: number } {
    return { width: this.#element.clientWidth, height: this.#element.clientHeight };
  }

  #options(): uPlot.Options {
    const { unit, isLogarithmic, series, limits, least } = this.#shape;
    const axis = {
      stroke: color('faint'),
      grid: { stroke: color('line'), width: 1 },
      ticks: { show: false },
    };
    return {
      ...this.#size(),
      legend: { show: false },
      cursor: { show: false },
      scales: {
        y: {
          distr: isLogarithmic ? 3 : 1,
          range: (_plot, low, high) => [
            Math.min(least[0], low || least[0]),
            Math.max(least[1], (high || 0) * 1.1),
          ],
        },
      },
      axes: [
        { ...axis, space: 90, size: 34, values: (_plot, times) => times.map((time) => clock(time * 1000)) },
        {
          ...axis,
          size: 62,
          grid: {
            ...axis.grid,
            filter: (_plot, values) => values.map((value) => (isShown(value, isLogarithmic) ? value : null)),
          },
          values: (_plot, values) =>
            values.map((value) => (isShown(value, isLogarithmic) ? unit(value) : '')),
        },
      ],
      series: [
        {},
        ...series.map((one) => ({
          label: one.label,
          stroke: color(one.color),
          width: 2,
          points: { show: false },
        })),
      ],
      hooks: { draw: [(plot) => drawLimits(plot, limits)] },
    };
  }
}

/** On a logarithmic axis only the powers of ten, on the other one whole numbers. */
const isShown = (value: number | null, isLogarithmic: boolean): value is number =>
  value !== null && isWhole(isLogarithmic ? Math.log10(value) : value);
const isWhole = (value: number): boolean => Math.abs(value - Math.round(value)) < 1e-6;

function drawLimits(plot: uPlot, limits: readonly Limit[]): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = color('bad');
  ctx.font = `${11 * ratio}px system-ui, sans-serif`;
  ctx.textAlign = 'right';
  ctx.textBaseline = 'bottom';
  ctx.setLineDash([4 * ratio, 4 * ratio]);
  for (const { value, label } of limits) {
    const y = Math.round(plot.valToPos(value, 'y', true));
    if (y < bbox.top || y > bbox.top + bbox.height) continue;
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    const right = bbox.left + bbox.width - 4 * ratio;
    const { width } = ctx.measureText(label);
    // Lines of the data do not cross the label.
    ctx.fillStyle = color('card');
    ctx.fillRect(right - width - 3 * ratio, y - 16 * ratio, width + 6 * ratio, 14 * ratio);
    ctx.fillStyle = color('bad');
    ctx.fillText(label, right, y - 3 * ratio);
  }
  ctx.restore();
}

export const latencyChart = (element: HTMLElement): Chart => new Chart(element, LATENCY);
export const poolChart = (element: HTMLElement): Chart => new Chart(element, POOL);
export const LATENCY_SERIES = LATENCY.series;
export const POOL_SERIES = POOL.series;

const times = (points: readonly TimelinePoint[]) => points.map(({ at }) => at / 1000);

/** Gaps where no query ended. */
export function latencyData(points: readonly TimelinePoint[]): uPlot.AlignedData {
  const of = (quantile: 'p50' | 'p95' | 'p99') =>
    points.map(({ count, quantiles }) => (count === 0 ? null : Math.max(quantiles[quantile], 1e-5)));
  return [times(points), of('p50'), of('p95'), of('p99')];
}

/** Gaps where the pool was not open. */
export function poolData(points: readonly TimelinePoint[], poolName: string): uPlot.AlignedData {
  const pools = points.map((point) => point.pools.find((pool) => pool.poolName === poolName));
  const of = (figure: 'used' | 'pending' | 'limit') => pools.map((pool) => pool?.[figure] ?? null);
  return [times(points), of('used'), of('pending'), of('limit')];
}
