import { render } from '../charts.mjs';

const SHOWN = ['adaptive', 'fixed 10', 'fixed 30', 'utilisation only'];
const perSecond = ({ completed }) => completed;
const size = ({ size: connections }) => connections;
const wait = ({ waits, waitSeconds }) => (waits === 0 ? null : Math.round((waitSeconds / waits) * 1e4) / 10);

/** Name of the file and its SVG. */
export function managedCharts(comparisons) {
  const of = (name) => comparisons.find(({ scenario }) => scenario.name === name);
  const { outcomes: hotFrom10 } = of('hot rows');
  const { outcomes: hotFrom30 } = of('hot rows, from 30');
  const steps = of('step × 3, mixed').outcomes;
  const storage = of('slow storage, sleep × 5').outcomes;
  const fleet = of('fleet of 2 to 20, sleep-like').outcomes;
  const strategies = (outcomes, value) =>
    SHOWN.map((name) => ({ name, data: outcomes[name].seconds.map(value) }));
  return {
    'step.svg': timeline('Load × 3 at 60 s, mixed work: mean wait', 'ms', strategies(steps, wait), [50, 110]),
    'hot-rows.svg': timeline('All update the same rows, 64 callers: throughput', 'checkouts/s', [
      { name: 'adaptive, from 10', data: hotFrom10.adaptive.seconds.map(perSecond) },
      { name: 'adaptive, from 30', data: hotFrom30.adaptive.seconds.map(perSecond) },
      { name: 'fixed 10', data: hotFrom10['fixed 10'].seconds.map(perSecond) },
      { name: 'fixed 30', data: hotFrom10['fixed 30'].seconds.map(perSecond) },
    ]),
    'slow-storage.svg': timeline('Storage is slower × 5 from 80 to 160 s: size', 'connections', [
      ...strategies(storage, size).filter(({ name }) => !name.startsWith('fixed')),
      { name: 'use time only', data: storage['use time only'].seconds.map(size) },
    ]),
    'fleet.svg': timeline('2 processes, 20 from 111 to 200 s, 2: open connections of 100', 'connections', [
      ...SHOWN.map((name) => ({ name, data: fleet[name].seconds.map(({ connections }) => connections) })),
    ]),
  };
}

function timeline(title, unit, series, [from, to] = [0, series[0].data.length]) {
  return render(
    {
      title: { text: title, left: 'center', textStyle: { fontSize: 15 } },
      legend: { bottom: 0, itemGap: 24, data: series.map(({ name }) => name) },
      grid: { left: 64, right: 24, top: 44, bottom: 78 },
      xAxis: { type: 'value', name: 's', nameLocation: 'middle', nameGap: 28, min: from, max: to },
      yAxis: { type: 'value', name: unit, nameLocation: 'middle', nameGap: 44 },
      series: series.map(({ name, data }) => ({
        name,
        type: 'line',
        symbol: 'none',
        data: data.map((value, second) => [second, value]).slice(from, to),
      })),
    },
    360,
  );
}
