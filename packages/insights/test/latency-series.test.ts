import { Baselines } from '../src/baseline/baselines';
import { QueryWindow } from '../src/queries/query-window';
import first from './latency-series/first.json';
import second from './latency-series/second.json';

/**
 * Real latencies of nine statements, recorded twice by latency-series/record.mjs while other programs used all cores of
 * the machine, so that latencies of all statements rose and fell by a factor of four within minutes.
 */
const RECORDINGS = { first, second };
const TICK_SECONDS = 10;
const CHANGED = [
  'its index is dropped',
  'another session holds its row',
  'its table grows to 100 times its size',
];

interface Alarm {
  /** Seconds from the start of the recording, and of the alarm. */
  readonly at: number;
  seconds: number;
}

const series = Object.entries(RECORDINGS).flatMap(([recording, { change, statements }]) =>
  Object.entries(statements).map(([statement, ticks]: [string, number[][]]) => ({
    name: `${recording}: ${statement}`,
    isChanged: CHANGED.includes(statement),
    changedAt: change.from * TICK_SECONDS,
    ticks,
    alarms: alarmsOf(ticks),
  })),
);
const changed = series.filter(({ isChanged }) => isChanged);

function alarmsOf(ticks: readonly (readonly number[])[]): Alarm[] {
  const baselines = new Baselines();
  const window = new QueryWindow(1000);
  const alarms: Alarm[] = [];
  for (const [tick, micros] of ticks.entries()) {
    for (const each of micros) window.add('SELECT', each / 1e6, 0, false);
    const at = (tick + 1) * TICK_SECONDS;
    baselines.check(window, at * 1000);
    if (baselines.report().deviations.length === 0) continue;
    const last = alarms.at(-1);
    if (last !== undefined && last.at + last.seconds === at) last.seconds += TICK_SECONDS;
    else alarms.push({ at, seconds: TICK_SECONDS });
  }
  return alarms;
}

it('reports a change within half a minute, if latencies were stable before it', () => {
  const isDetected = ({ changedAt, alarms }: (typeof series)[number]) =>
    alarms.some(({ at }) => at > changedAt && at <= changedAt + 30);
  expect(changed).toHaveLength(6);
  // Its first stable period was during the change.
  expect(changed.filter((one) => !isDetected(one)).map(({ name }) => name)).toEqual([
    'second: another session holds its row',
  ]);
});

it('raises three alarms without a change, while other programs have raised p95 of all statements', () => {
  const alarms = series.flatMap(({ name, isChanged, changedAt, alarms }) =>
    alarms.filter(({ at }) => !isChanged || at <= changedAt).map((alarm) => ({ name, ...alarm })),
  );
  expect(alarms).toEqual([
    { name: 'first: its table grows to 100 times its size', at: 180, seconds: 90 },
    { name: 'second: aggregate over a table', at: 300, seconds: 310 },
    { name: 'second: insert', at: 280, seconds: 330 },
  ]);
});

it('an alarm ends within a minute and a half after the change', () => {
  const ends = changed
    .filter(({ name }) => name.startsWith('first'))
    .map(({ alarms }) => alarms.at(-1) as Alarm)
    .map(({ at, seconds }) => at + seconds);
  for (const end of ends) {
    expect(end).toBeGreaterThan(first.change.until * TICK_SECONDS);
    expect(end).toBeLessThanOrEqual(first.change.until * TICK_SECONDS + 90);
  }
});
