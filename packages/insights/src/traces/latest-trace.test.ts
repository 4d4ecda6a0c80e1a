import type { OperationEndMessage } from '@pg-otel/instrumentation/channels';
import { FollowedTraces } from './followed-traces';
import { LatestTrace } from './latest-trace';

const ended = (message: Partial<OperationEndMessage>): OperationEndMessage => ({
  kind: 'query',
  serverAddress: 'db',
  serverPort: 5432,
  namespace: 'shop',
  poolName: 'shop',
  summary: undefined,
  durationSeconds: 0.001,
  countedSeconds: 0.001,
  endedAt: 0,
  poolWaitSeconds: undefined,
  queueSeconds: undefined,
  phases: undefined,
  errorType: undefined,
  returnedRows: undefined,
  diagnosis: undefined,
  traceId: 'a',
  spanId: undefined,
  isSampled: false,
  ...message,
});

function followed() {
  const latest = new LatestTrace();
  const traces = new FollowedTraces(latest, () => {});
  return {
    add: (message: OperationEndMessage) => traces.add(message, 0),
    report(at: number) {
      latest.endIdle(at);
      return latest.report();
    },
  };
}

it('the latest trace is a tree: the wait for the pool, the connection with its phases, the query', () => {
  const traces = followed();
  const phases = [
    { phase: 'tcp', seconds: 0.002 },
    { phase: 'auth', seconds: 0.005 },
  ] as const;
  traces.add(ended({ kind: 'connect', durationSeconds: 0.008, phases, endedAt: 9 }));
  traces.add(ended({ kind: 'acquire', durationSeconds: 0.01, endedAt: 10 }));
  traces.add(ended({ summary: 'SELECT orders', durationSeconds: 0.02, errorType: '57014', endedAt: 30 }));

  const lines = traces
    .report(1_030)
    ?.entries.map(
      ({ depth, kind, name, startSeconds, seconds, errorType = '' }) =>
        `${'  '.repeat(depth)}${kind} ${name} ${startSeconds.toFixed(3)} ${seconds} ${errorType}`,
    );
  expect(lines).toEqual([
    'acquire shop 0.000 0.01 ',
    '  connect shop 0.001 0.008 ',
    '    phase tcp 0.001 0.002 ',
    '    phase auth 0.003 0.005 ',
    'query SELECT orders 0.010 0.02 57014',
  ]);
});

it('the latest trace is the last one that has ended; one with fewer operations replaces it after 5 seconds', () => {
  const traces = followed();
  const latest = (at: number) => traces.report(at)?.traceId;
  traces.add(ended({ traceId: 'two' }));
  traces.add(ended({ traceId: 'two' }));
  traces.add(ended({ traceId: 'one', endedAt: 100 }));
  expect(latest(500)).toBeUndefined(); // They may go on.
  expect(latest(1_100)).toBe('two');
  traces.add(ended({ traceId: 'three', endedAt: 1_200 }));
  expect(latest(2_300)).toBe('two');
  traces.add(ended({ traceId: 'four', endedAt: 3_000 }));
  expect(latest(5_000)).toBe('four');
  expect(latest(60_000)).toBe('four');
});

it('many traces and operations: a few traces are followed, and 30 operations of each', () => {
  const traces = followed();
  for (let nth = 0; nth < 100_000; nth += 1) traces.add(ended({ traceId: `trace ${nth % 1_000}` }));
  const trace = traces.report(2_000);
  expect([trace?.operationCount, trace?.entries.length]).toEqual([100, 30]);
  // All ended at once: the last one of the eight that are kept.
  expect(trace?.traceId).toBe('trace 7');
});
