import { Baselines } from '../src/baseline/baselines';
import { QueryWindow } from '../src/queries/query-window';
import first from './latency-series/first.json';

/**
 * Real latencies of nine statements, recorded by latency-series/record.mjs while other programs used all cores of the
 * machine, so that latencies of all statements doubled and halved within minutes.
 */
const RECORDINGS = { first };
const TICK_MILLIS = 10_000;
const CHANGED = [
  'its index is dropped',
  'another session holds its row',
  'its table grows to 100 times its size',
];

const series = Object.entries(RECORDINGS).flatMap(([recording, { change, statements }]) =>
  Object.entries(statements).map(([statement, ticks]: [string, number[][]]) => ({
    name: `${recording}: ${statement}`,
    isChanged: CHANGED.includes(statement),
    change,
    ticks,
    alarms: alarmsOf(ticks),
  })),
);

/** The ticks in which the statement was reported, as periods of consecutive ticks. */
function alarmsOf(ticks: readonly (readonly number[])[]): { from: number; until: number }[] {
  const baselines = new Baselines();
  const window = new QueryWindow(1000);
  const alarms: { from: number; until: number }[] = [];
  for (const [tick, micros] of ticks.entries()) {
    for (const each of micros) window.add('SELECT', each / 1e6, 0, false);
    baselines.check(window, tick * TICK_MILLIS);
    if (baselines.report().deviations.length === 0) continue;
    const last = alarms.at(-1);
    if (last?.until === tick) last.until = tick + 1;
    else alarms.push({ from: tick, until: tick + 1 });
  }
  return alarms;
}

it('misses no change: an alarm begins within a minute of it, and ends within a minute and a half of its end', () => {
  const changed = series.filter(({ isChanged }) => isChanged);
  const detected = changed.filter(({ change, alarms }) =>
    alarms.some(
      ({ from, until }) =>
        from >= change.from && from <= change.from + 6 && until >= change.until && until <= change.until + 9,
    ),
  );
  expect(detected.map(({ name }) => name)).toEqual(changed.map(({ name }) => name));
  expect(changed).toHaveLength(3 * Object.keys(RECORDINGS).length);
});

it('raises the false alarms that docs/reference/insights.md states', () => {
  const falseAlarms = series.flatMap(({ name, isChanged, change, alarms }) =>
    alarms
      .filter(({ from, until }) => !isChanged || until < change.from || from > change.until + 9)
      .map(({ from, until }) => ({ name, seconds: (until - from) * (TICK_MILLIS / 1000) })),
  );
  expect(falseAlarms).toEqual([{ name: 'first: its table grows to 100 times its size', seconds: 90 }]);
});
