import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
  CHANNELS,
  type CollectMessage,
  type ConnectionReleaseMessage,
  type OperationEndMessage,
} from '@pg-otel/instrumentation/channels';
import { planPool } from '@pg-otel/pool-sizing';
import { createInsights, type Insights } from '../src';
import { fakeClock } from './fake-clock';

/** What is collected every 10 seconds. */
let insights: Insights | undefined;
let folder: string;
beforeEach(() => {
  fakeClock();
  folder = mkdtempSync(path.join(os.tmpdir(), 'insights-'));
  subscribe(CHANNELS.collect, addPool);
});
afterEach(() => {
  insights?.stop();
  unsubscribe(CHANNELS.collect, addPool);
  delete process.env['PG_OTEL_INSIGHTS_BASELINE'];
  jest.restoreAllMocks();
  jest.useRealTimers();
  rmSync(folder, { recursive: true });
});

const pool = { poolName: 'shop', serverAddress: 'db', serverPort: 5432, namespace: 'shop' };
function addPool(message: unknown): void {
  const counts = {
    used: 3,
    idle: 1,
    active: 3,
    connecting: 0,
    pending: 2,
    limit: 4,
    oldestPendingSeconds: 0.1,
  };
  (message as CollectMessage).pools.push({ ...pool, ...counts, held: [] });
}

function query(seconds: number, errorType?: string): void {
  const message: OperationEndMessage = {
    ...pool,
    kind: 'query',
    summary: 'SELECT orders',
    durationSeconds: seconds,
    countedSeconds: seconds,
    endedAt: performance.now(),
    poolWaitSeconds: undefined,
    queueSeconds: undefined,
    phases: undefined,
    errorType,
    returnedRows: 1,
    diagnosis: undefined,
    traceId: undefined,
    spanId: undefined,
    isSampled: false,
  };
  channel(CHANNELS.operationEnd).publish(message);
}

function queries(count: number, seconds: number): void {
  for (let nth = 0; nth < count; nth += 1) query(seconds);
}

/** Runs a statement 20 times in each of some periods of 10 seconds. */
function run(periods: number, seconds: number): void {
  for (let nth = 0; nth < periods; nth += 1) {
    queries(20, seconds);
    jest.advanceTimersByTime(10_000);
  }
}

it('the timeline has what happened in each 10 seconds, for an hour', () => {
  insights = createInsights();
  const startedAt = Date.now();
  queries(3, 0.01);
  query(0.5, '57014');
  jest.advanceTimersByTime(10_000);
  queries(1, 0.02);
  jest.advanceTimersByTime(20_000);
  const shop = { poolName: 'shop', used: 3, idle: 1, pending: 2, limit: 4 };
  const { timeline } = insights.getAllPerformanceData();
  expect(timeline).toMatchObject([
    { count: 4, failed: 1, quantiles: { p50: 0.01, max: 0.5 }, pools: [shop] },
    { count: 1, failed: 0, quantiles: { p50: 0.02, max: 0.02 } },
    { count: 0, failed: 0, quantiles: { p50: 0, max: 0 } },
  ]);
  expect(timeline.map(({ at, seconds }) => [at - startedAt, seconds])).toEqual([
    [10_000, 10],
    [20_000, 10],
    [30_000, 10],
  ]);
  jest.advanceTimersByTime(2 * 3_600_000);
  const points = insights.getAllPerformanceData().timeline;
  expect(points).toHaveLength(360);
  expect(points.at(-1)?.at).toBe(Date.now());
});

it('the advice is the plan of @pg-otel/pool-sizing for the busiest 10 seconds', () => {
  insights = createInsights();
  const release = (useSeconds: number): void => {
    const message: ConnectionReleaseMessage = { poolName: 'shop', useSeconds };
    channel(CHANNELS.connectionRelease).publish(message);
  };
  for (let nth = 0; nth < 99; nth += 1) release(0.05);
  jest.advanceTimersByTime(10_000);
  // 99 checkouts are not enough.
  expect(insights.getAllPerformanceData().capacity).toEqual([]);
  for (let nth = 0; nth < 500; nth += 1) {
    release(0.02);
    release(0.08);
  }
  jest.advanceTimersByTime(10_000);
  for (let nth = 0; nth < 10; nth += 1) release(0.05);
  jest.advanceTimersByTime(10_000);
  const [advice] = insights.getAllPerformanceData().capacity;
  expect(advice).toMatchObject({ poolName: 'shop', peakCheckoutsPerSecond: 100 });
  expect(advice?.useTimeSeconds).toBeCloseTo(0.05, 9);
  const load = {
    peakCheckoutsPerSecond: 100,
    useTimeSeconds: 0.05,
    // 1000 of 1109 checkouts deviate by 0.03 from the mean.
    useTimeVariability: ((1000 / 1109) * 0.03 ** 2) / 0.05 ** 2,
  };
  const plan = planPool(load, { environment: 'production' });
  expect([advice?.plannedMax, advice?.headroom]).toEqual([
    plan.pool.max,
    expect.closeTo(plan.load?.headroom as number, 9),
  ]);
  // Five connections are in use on average.
  expect(advice?.plannedMax).toBeGreaterThan(5);
  expect(advice?.headroom).toBeGreaterThan(1);
});

it.each(['the option', 'PG_OTEL_INSIGHTS_BASELINE'])(
  'a baseline is kept between starts in the file of %s',
  (way) => {
    const file = path.join(folder, 'baseline.json');
    if (way !== 'the option') process.env['PG_OTEL_INSIGHTS_BASELINE'] = file;
    const options = way === 'the option' ? { baselineFile: file } : {};
    insights = createInsights(options);
    run(8, 0.012);
    expect(insights.getAllPerformanceData().baseline).toMatchObject({ statements: [], learning: 1 });
    run(4, 0.012);
    const { baseline } = insights.getAllPerformanceData();
    expect(baseline).toMatchObject({ statements: [{ summary: 'SELECT orders' }], learning: 0 });
    insights.stop();

    insights = createInsights(options);
    expect(insights.getAllPerformanceData().baseline).toEqual(baseline);
    run(6, 0.084);
    const [deviation] = insights.getAllPerformanceData().baseline.deviations;
    expect(deviation?.sentence).toMatch(
      /^SELECT orders: p95 8\d(\.\d)? ms, baseline 1\d(\.\d)? ms, since \d\d:\d\d$/,
    );
  },
);

it('a file that cannot be written is a warning that names the option, and the figures go on', () => {
  const warning = jest.spyOn(process, 'emitWarning').mockImplementation();
  const file = path.join(folder, 'missing', 'baseline.json');
  insights = createInsights({ baselineFile: file });
  run(12, 0.012);
  const text = `baselineFile: ${file} cannot be written (ENOENT).`;
  expect(warning.mock.calls).toEqual([[text, { type: 'PgOtelWarning', code: 'PG_OTEL_INSIGHTS_BASELINE' }]]);
  const { performance, baseline } = insights.getAllPerformanceData();
  expect([performance.total, baseline.statements.length]).toEqual([240, 1]);
});

it('a damaged file is a warning and a new baseline', () => {
  const warning = jest.spyOn(process, 'emitWarning').mockImplementation();
  const file = path.join(folder, 'baseline.json');
  insights = createInsights({ baselineFile: file });
  run(12, 0.012);
  insights.stop();
  const whole = readFileSync(file, 'utf8');
  writeFileSync(file, whole.slice(0, -10));
  insights = createInsights({ baselineFile: file });
  expect(warning.mock.calls.map(([text]) => text)).toEqual([expect.stringContaining('is damaged')]);
  expect(insights.getAllPerformanceData().baseline.statements).toEqual([]);
  run(12, 0.012);
  expect(readFileSync(file, 'utf8')).toBe(whole);
});
