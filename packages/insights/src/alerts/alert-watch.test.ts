import { parseThresholds } from '@pg-otel/alerts';
import type { PoolFigures } from '@pg-otel/instrumentation/channels';
import { AlertWatch } from './alert-watch';

const THRESHOLDS = parseThresholds(`receivers: {pager: {}}
notify: {info: pager, warning: pager, critical: pager}
rules:
  Pool: {watch: pool-utilization, levels: [{severity: warning, over: 80%}]}
  Slow: {watch: slow-operation, operations: [query], levels: [{severity: critical, over: 5s}]}`);

const pool = (used: number): PoolFigures => ({
  poolName: 'shop',
  serverAddress: 'db',
  serverPort: 5432,
  namespace: 'shop',
  used,
  idle: 0,
  active: used,
  connecting: 0,
  pending: 0,
  limit: 10,
  oldestPendingSeconds: 0,
  held: [],
});

let watch: AlertWatch;
beforeEach(() => {
  watch = new AlertWatch(THRESHOLDS, { 'service.name': 'shop' }, 0);
});

it('the history has start, end and peak of an alert about a pool', () => {
  for (const [index, used] of [5, 9, 10, 9].entries()) watch.collect([pool(used)], (index + 1) * 10_000);
  expect(watch.history(40_000)).toMatchObject([
    { name: 'Pool', state: 'firing', startsAt: 20_000, endedAt: undefined, value: 0.9, peak: 1 },
  ]);
  watch.collect([pool(5)], 50_000);
  expect(watch.alerts(50_000)).toEqual([]);
  expect(watch.history(60_000)).toMatchObject([
    { name: 'Pool', severity: 'warning', startsAt: 20_000, endedAt: 50_000, peak: 1, traceId: undefined },
  ]);
});

it('the history has the trace and the longest elapsed time of an alert about queries', () => {
  for (const [timestamp, elapsed] of [
    [10_000, 5.1],
    [70_000, 65.1],
  ] as const) {
    watch.event({
      name: 'pg_otel.operation.slow',
      timestamp,
      severity: 'WARN',
      body: '',
      attributes: {
        'pg_otel.operation.kind': 'query',
        'pg_otel.operation.limit': 5,
        'pg_otel.operation.elapsed': elapsed,
        'db.query.summary': 'SELECT orders',
      },
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      spanId: undefined,
      isSampled: true,
    });
  }
  watch.collect([], 250_000);
  expect(watch.history(260_000)).toMatchObject([
    {
      name: 'Slow',
      startsAt: 10_000,
      endedAt: 250_000,
      peak: 65.1,
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      labels: { db_query_summary: 'SELECT orders' },
    },
  ]);
});
