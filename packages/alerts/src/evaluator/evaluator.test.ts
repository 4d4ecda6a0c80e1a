import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parseThresholds } from '../thresholds/parse';
import { createEvaluator, type EvaluatorOptions } from './evaluator';
import type { ObservedEvent } from './event';
import type { CollectedMetric } from './metrics';

const START = 1_700_000_000_000;
const at = (seconds: number) => START + seconds * 1000;
const resource = { 'service.name': 'shop', 'deployment.environment.name': 'prod' };
const database = { 'server.address': 'db.example', 'db.namespace': 'orders' };
const pooled = { ...database, 'db.client.connection.pool.name': 'main' };

function evaluatorOf(rules: string, overrides = '', options: EvaluatorOptions = {}) {
  const text = `receivers: {pager: {}}
notify: {info: pager, warning: pager, critical: pager}
rules:
${rules.replace(/^/gm, '  ')}
${overrides}`;
  const evaluator = createEvaluator(parseThresholds(text), options);
  return {
    ...evaluator,
    fires: (seconds: number) =>
      evaluator
        .alerts(at(seconds))
        .filter(({ state }) => state === 'firing')
        .map(({ labels }) => `${labels['alertname']} ${labels['severity']}`)
        .sort(),
    states: (seconds: number) => evaluator.alerts(at(seconds)).map(({ state }) => state),
    ends: (seconds: number) =>
      evaluator.changes(at(seconds)).flatMap(({ change, alert }) => (change === 'ended' ? [alert] : [])),
    happened: (seconds: number) =>
      evaluator
        .changes(at(seconds))
        .map(({ change, timestamp, alert }) => [
          change,
          (timestamp - START) / 1000,
          `${alert.labels['alertname']} ${alert.labels['severity']}`,
        ]),
    metric(seconds: number, name: string, points: CollectedMetric['dataPoints'], instance = 'one') {
      evaluator.collect(
        {
          resource: { attributes: { ...resource, 'service.instance.id': instance } },
          scopeMetrics: [{ metrics: [{ descriptor: { name }, dataPoints: points }] }],
        },
        at(seconds),
      );
    },
  };
}

const slow = (seconds: number, attributes: object, event: Partial<ObservedEvent> = {}): ObservedEvent => ({
  name: 'pg_otel.operation.slow',
  timestamp: at(seconds),
  resource,
  attributes: { 'pg_otel.operation.kind': 'query', ...pooled, ...attributes },
  ...event,
});
const failed = (kind: string, errorType: string): ObservedEvent => ({
  name: 'db.client.operation.exception',
  timestamp: START,
  resource,
  attributes: { 'pg_otel.operation.kind': kind, 'error.type': errorType, ...pooled },
});

const SLOW = `Slow:
  watch: slow-operation
  operations: [query]
  levels: [{severity: warning, over: 1s}, {severity: critical, over: 5s}]`;

describe('rules on log events', () => {
  it.each([
    { limit: 1, kind: 'query', expected: ['Slow warning'] },
    { limit: 5, kind: 'query', expected: ['Slow critical'] },
    { limit: 2, kind: 'query', expected: [] },
    { limit: 1, kind: 'connect', expected: [] },
  ])('a $kind that crosses the limit of $limit s fires $expected', ({ limit, kind, expected }) => {
    const evaluator = evaluatorOf(SLOW);
    evaluator.event(slow(0, { 'pg_otel.operation.limit': limit, 'pg_otel.operation.kind': kind }));
    expect(evaluator.fires(0)).toEqual(expected);
  });

  it.each([
    { kind: 'connect', errorType: 'ECONNREFUSED', expected: ['Failed critical'] },
    { kind: 'connect', errorType: '28P01', expected: ['Failed critical'] },
    { kind: 'connect', errorType: 'timeout', expected: ['Failed warning'] },
    { kind: 'connect', errorType: 'XX000', expected: ['Failed warning'] },
    { kind: 'connect', errorType: '53300', expected: [] },
    { kind: 'query', errorType: 'ECONNREFUSED', expected: [] },
  ])('a $kind that failed with $errorType fires $expected', ({ kind, errorType, expected }) => {
    const evaluator = evaluatorOf(`Failed:
  watch: failed-operation
  operations: [connect]
  levels:
    - {severity: warning, failures: [timeout, other]}
    - {severity: critical, failures: [refused, authentication]}`);
    evaluator.event(failed(kind, errorType));
    expect(evaluator.fires(0)).toEqual(expected);
  });

  it.each([
    { failures: 1, answered: true, expected: [] },
    { failures: 3, answered: true, expected: ['Failed critical'] },
    { failures: 1, answered: false, expected: ['Failed critical'] },
    { failures: undefined, answered: undefined, expected: ['Failed critical'] },
  ])('$failures refused connections fire $expected; database answered: $answered', (recent) => {
    const evaluator = evaluatorOf(
      'Failed: {watch: failed-operation, operations: [connect], levels: [{severity: critical, failures: [refused]}]}',
    );
    const event = failed('connect', 'ECONNREFUSED');
    evaluator.event({
      ...event,
      attributes: {
        ...event.attributes,
        'pg_otel.operation.failures': recent.failures,
        'pg_otel.database.answered': recent.answered,
      },
    });
    expect(evaluator.fires(0)).toEqual(recent.expected);
  });

  it('a connection that is held too long fires', () => {
    const evaluator = evaluatorOf('Held: {watch: held-connection, levels: [{severity: warning, over: 30s}]}');
    const attributes = { ...pooled, 'pg_otel.connection.limit': 30, 'pg_otel.connection.held_time': 31.5 };
    evaluator.event({ name: 'pg_otel.connection.held', timestamp: START, resource, attributes });
    expect(evaluator.alerts(START)).toMatchObject([
      { labels: { pool: 'main' }, annotations: { elapsed: '31.5' } },
    ]);
  });

  it('an alert has its subject in labels and details in annotations', () => {
    const evaluator = evaluatorOf(`Slow:
  watch: slow-operation
  operations: [query]
  runbook: https://runbooks.example/slow
  receiver: pager
  labels: {team: payments}
  levels: [{severity: warning, over: 1s}]`);
    evaluator.event(
      slow(
        0,
        {
          'pg_otel.operation.limit': 1,
          'pg_otel.operation.elapsed': 1.2,
          'pg_otel.operation.running': 2,
          'pg_otel.operation.crossings': 1,
          'db.query.summary': 'SELECT orders',
          'db.query.text': 'SELECT secret',
        },
        { traceId: 'abc' },
      ),
    );
    expect(evaluator.alerts(at(0))).toEqual([
      {
        state: 'firing',
        rule: expect.objectContaining({ name: 'Slow' }),
        level: expect.objectContaining({ overSeconds: 1 }),
        labels: {
          alertname: 'Slow',
          severity: 'warning',
          signal: 'logs',
          receiver: 'pager',
          team: 'payments',
          service_name: 'shop',
          deployment_environment_name: 'prod',
          server_address: 'db.example',
          db_namespace: 'orders',
          db_query_summary: 'SELECT orders',
        },
        annotations: {
          summary: 'A query takes longer than 1 s',
          description: expect.stringContaining('A caller waits.'),
          runbook_url: 'https://runbooks.example/slow',
          elapsed: '1.2',
          running: '2',
          crossings: '1',
          pool: 'main',
          trace_id: 'abc',
        },
        value: 1.2,
        peak: 1.2,
        startsAt: at(0),
        endsAt: at(180),
      },
    ]);
  });

  it('an alert keeps the longest elapsed time of its events as its peak', () => {
    const evaluator = evaluatorOf(SLOW);
    for (const [index, elapsed] of [1.2, 61.5, 3].entries()) {
      evaluator.event(
        slow(index * 60, { 'pg_otel.operation.limit': 1, 'pg_otel.operation.elapsed': elapsed }),
      );
    }
    expect(evaluator.alerts(at(120))).toMatchObject([{ value: 3, peak: 61.5, startsAt: at(0) }]);
    expect(evaluator.ends(300)).toMatchObject([{ peak: 61.5, endsAt: at(300) }]);
    evaluator.event(slow(400, { 'pg_otel.operation.limit': 1, 'pg_otel.operation.elapsed': 2 }));
    expect(evaluator.alerts(at(400))).toMatchObject([{ value: 2, peak: 2 }]);
  });

  it('an alert about failures has their number, and none if the event has none', () => {
    const evaluator = evaluatorOf(
      'Failed: {watch: failed-operation, operations: [connect], levels: [{severity: critical, failures: [refused]}]}',
    );
    const event = failed('connect', 'ECONNREFUSED');
    evaluator.event(event);
    expect(evaluator.alerts(START)).toMatchObject([{ value: undefined, peak: undefined }]);
    const attributes = { ...event.attributes, 'pg_otel.operation.failures': 4 };
    evaluator.event({ ...event, timestamp: at(1), attributes });
    expect(evaluator.alerts(at(1))).toMatchObject([{ value: 4, peak: 4 }]);
  });

  it('an alert has the reason as soon as the server has named it, and is the same alert', () => {
    const evaluator = evaluatorOf(SLOW);
    const limit = { 'pg_otel.operation.limit': 5 };
    evaluator.event(slow(0, { ...limit, 'pg_otel.operation.crossings': 1 }));
    const diagnosed = slow(0.3, {
      ...limit,
      'pg_otel.diagnosis': 'found',
      'pg_otel.diagnosis.reason': 'waits 4.8 s for a row of accounts',
      'pg_otel.diagnosis.certainty': 'proven',
      'pg_otel.diagnosis.kinds': ['lock', 'usual'],
      'postgresql.wait_event_type': 'Lock',
      'postgresql.wait_event': 'transactionid',
      'postgresql.blocking.pids': '{8123}',
      'pg_otel.diagnosis.blocker.trace_id': '4bf9',
    });
    evaluator.event({ ...diagnosed, name: 'pg_otel.operation.diagnosed' });
    expect(evaluator.alerts(at(1))).toMatchObject([{ startsAt: at(0), endsAt: at(180.3) }]);
    expect(evaluator.alerts(at(1))[0]?.annotations).toEqual({
      summary: 'A query takes longer than 5 s',
      description: expect.any(String),
      pool: 'main',
      diagnosis: 'found',
      kind: 'lock',
      reason: 'waits 4.8 s for a row of accounts',
      certainty: 'proven',
      wait_event_type: 'Lock',
      wait_event: 'transactionid',
      blocking_pids: '{8123}',
      blocker_trace_id: '4bf9',
    });
    expect(evaluator.happened(1)).toEqual([['started', 0, 'Slow critical']]);
  });

  it('an alert has no trace id if the trace is not sampled', () => {
    const evaluator = evaluatorOf(SLOW);
    evaluator.event(slow(0, { 'pg_otel.operation.limit': 1 }, { traceId: 'abc', isSampled: false }));
    expect(evaluator.alerts(at(0))[0]?.annotations).not.toHaveProperty('trace_id');
  });

  it('an alert starts at its first event and ends three minutes after its last event', () => {
    const evaluator = evaluatorOf(SLOW);
    const limit = { 'pg_otel.operation.limit': 1 };
    evaluator.event(slow(0, limit));
    evaluator.event(slow(60, limit));
    evaluator.event(slow(30, limit));
    expect(evaluator.alerts(at(239.999))).toMatchObject([{ startsAt: at(0), endsAt: at(240) }]);
    expect(evaluator.fires(240)).toEqual([]);
    expect(evaluator.happened(240)).toEqual([
      ['started', 0, 'Slow warning'],
      ['ended', 240, 'Slow warning'],
    ]);
    expect(evaluator.happened(240)).toEqual([]);
  });

  it('an event after the end of an alert starts a new alert, even if nothing was evaluated in between', () => {
    const evaluator = evaluatorOf(SLOW);
    evaluator.event(slow(0, { 'pg_otel.operation.limit': 1 }));
    evaluator.event(slow(180, { 'pg_otel.operation.limit': 1 }));
    expect(evaluator.happened(180).map(([change, time]) => [change, time])).toEqual([
      ['started', 0],
      ['ended', 180],
      ['started', 180],
    ]);
  });

  it.each([
    { what: 'pool', attributes: { 'db.client.connection.pool.name': 'reports' }, expected: [] },
    { what: 'database', attributes: { 'db.namespace': 'archive' }, expected: ['Slow info'] },
    {
      what: 'pool before the database',
      attributes: { 'db.client.connection.pool.name': 'reports', 'db.namespace': 'archive' },
      expected: [],
    },
    { what: 'nothing', attributes: {}, expected: ['Slow warning'] },
  ])('applies the first override that matches: $what', ({ attributes, expected }) => {
    const evaluator = evaluatorOf(
      SLOW,
      `overrides:
  - {match: {pool: reports}, rules: {Slow: off}}
  - {match: {database: archive, service: shop}, rules: {Slow: {levels: [{severity: info, over: 1s}]}}}
  - {match: {database: archive}, rules: {Slow: off}}`,
    );
    evaluator.event(slow(0, { 'pg_otel.operation.limit': 1, ...attributes }));
    expect(evaluator.fires(0)).toEqual(expected);
  });
});

const POOL = `Pool:
  watch: pool-utilization
  levels: [{severity: warning, over: 80%, for: 60s, keepFiring: 30s}, {severity: critical, over: 95%, for: 20s}]`;

describe('rules on a state', () => {
  const utilization = (
    evaluator: ReturnType<typeof evaluatorOf>,
    seconds: number,
    value: number,
    instance = 'one',
  ) => evaluator.metric(seconds, 'pg_otel.connection.utilization', [{ attributes: pooled, value }], instance);

  it.each(['constructor', '__proto__', 'toString'])('a pool may be called %s', (name) => {
    const evaluator = evaluatorOf(POOL);
    const attributes = { 'db.namespace': name, 'db.client.connection.pool.name': name };
    for (let time = 0; time <= 60; time += 10) {
      evaluator.metric(time, 'pg_otel.connection.utilization', [{ attributes, value: 0.85 }]);
    }
    expect(evaluator.alerts(at(60))).toMatchObject([
      { state: 'firing', labels: { alertname: 'Pool', pool: name, db_namespace: name } },
    ]);
  });

  it.each([
    { value: 0.8, expected: [] },
    { value: 0.81, expected: ['Pool warning'] },
    { value: 0.97, expected: ['Pool critical', 'Pool warning'] },
  ])('a pool at a utilization of $value for the duration of `for` fires $expected', ({ value, expected }) => {
    const evaluator = evaluatorOf(POOL);
    for (let time = 0; time <= 60; time += 10) utilization(evaluator, time, value);
    expect(evaluator.fires(60)).toEqual(expected);
  });

  it('an alert is pending during `for`, then fires, then keeps firing during `keepFiring`', () => {
    const evaluator = evaluatorOf(POOL);
    for (let time = 0; time < 60; time += 10) utilization(evaluator, time, 0.85);
    expect(evaluator.alerts(at(59.999))).toMatchObject([{ state: 'pending', startsAt: at(0) }]);
    utilization(evaluator, 60, 0.9);
    expect(evaluator.alerts(at(60))).toMatchObject([
      {
        state: 'firing',
        startsAt: at(60),
        annotations: { value: '90%' },
        labels: { pool: 'main', signal: 'metrics' },
      },
    ]);
    utilization(evaluator, 70, 0.5);
    utilization(evaluator, 99.999, 0.5);
    expect(evaluator.states(99.999)).toEqual(['firing']);
    utilization(evaluator, 100, 0.5);
    expect(evaluator.states(100)).toEqual([]);
    expect(evaluator.happened(100)).toEqual([
      ['started', 60, 'Pool warning'],
      ['ended', 100, 'Pool warning'],
    ]);
  });

  it('an alert keeps the worst value, also of the time in which it was pending, as its peak', () => {
    const evaluator = evaluatorOf(POOL);
    for (const [index, value] of [0.85, 0.9, 0.94, 0.85, 0.82, 0.81, 0.83].entries()) {
      utilization(evaluator, index * 10, value);
    }
    expect(evaluator.alerts(at(60))).toMatchObject([{ state: 'firing', value: 0.83, peak: 0.94 }]);
    utilization(evaluator, 70, 0.5);
    expect(evaluator.ends(100)).toMatchObject([{ peak: 0.94 }]);
  });

  it('the smallest health is the peak', () => {
    const evaluator = evaluatorOf('Down: {watch: pool-unhealthy, levels: [{severity: critical}]}');
    evaluator.metric(0, 'pg_otel.connection.health', [{ attributes: pooled, value: 0 }]);
    expect(evaluator.alerts(at(0))).toMatchObject([{ value: 0, peak: 0 }]);
  });

  it('`for` starts again when the condition of a pending alert ends', () => {
    const evaluator = evaluatorOf(POOL);
    utilization(evaluator, 0, 0.85);
    utilization(evaluator, 50, 0.5);
    utilization(evaluator, 59, 0.85);
    expect(evaluator.alerts(at(110))).toMatchObject([{ state: 'pending', startsAt: at(59) }]);
  });

  it('`keepFiring` starts again when the condition holds again meanwhile', () => {
    const evaluator = evaluatorOf(POOL, '', { staleSeconds: 600 });
    for (const time of [0, 60]) utilization(evaluator, time, 0.85);
    utilization(evaluator, 70, 0.5);
    utilization(evaluator, 95, 0.85);
    utilization(evaluator, 98, 0.5);
    expect(evaluator.fires(127.999)).toEqual(['Pool warning']);
    expect(evaluator.fires(128)).toEqual([]);
  });

  it('the worst value of several processes counts', () => {
    const evaluator = evaluatorOf(POOL);
    for (let time = 0; time <= 60; time += 10) {
      utilization(evaluator, time, 0.85, 'one');
      utilization(evaluator, time, 0.1, 'two');
    }
    expect(evaluator.alerts(at(60))).toMatchObject([{ state: 'firing', annotations: { value: '85%' } }]);
  });

  it('a series that is no longer collected expires', () => {
    const evaluator = evaluatorOf(POOL, '', { staleSeconds: 90 });
    utilization(evaluator, 0, 0.97);
    expect(evaluator.fires(89.999)).toEqual(['Pool critical', 'Pool warning']);
    expect(evaluator.fires(90)).toEqual(['Pool warning']);
  });

  it.each([
    {
      metric: 'pg_otel.connection.pending.oldest',
      watch: 'pool-waiting',
      over: ', over: 500ms',
      value: 0.6,
      harmless: 0.5,
    },
    { metric: 'pg_otel.connection.health', watch: 'pool-unhealthy', over: '', value: 0, harmless: 1 },
  ])('$watch reads $metric', ({ metric, watch, over, value, harmless }) => {
    const evaluator = evaluatorOf(`Pool: {watch: ${watch}, levels: [{severity: critical${over}}]}`);
    evaluator.metric(0, metric, [{ attributes: pooled, value: harmless }]);
    expect(evaluator.fires(0)).toEqual([]);
    evaluator.metric(10, metric, [{ attributes: pooled, value }]);
    expect(evaluator.fires(10)).toEqual(['Pool critical']);
  });

  it('a service that stops reporting pool metrics is missing, unless it has ended its pools', () => {
    const evaluator = evaluatorOf(
      'Missing: {watch: missing-telemetry, levels: [{severity: warning, for: 2m}]}',
    );
    const report = (seconds: number, value: number) =>
      evaluator.metric(seconds, 'db.client.connection.limit', [{ attributes: pooled, value }]);
    report(0, 10);
    expect(evaluator.states(59)).toEqual([]);
    expect(evaluator.alerts(at(60))).toMatchObject([
      {
        state: 'pending',
        labels: { service_name: 'shop' },
        annotations: { value: 'none; the last reported pool limit was 10' },
      },
    ]);
    expect(evaluator.fires(180)).toEqual(['Missing warning']);
    report(190, 10);
    expect(evaluator.states(190)).toEqual([]);
    report(200, 0);
    expect(evaluator.states(400)).toEqual([]);
  });

  it('a service is forgotten after an hour', () => {
    const evaluator = evaluatorOf('Missing: {watch: missing-telemetry, levels: [{severity: warning}]}');
    evaluator.metric(0, 'db.client.connection.limit', [{ attributes: pooled, value: 10 }]);
    expect(evaluator.fires(3599)).toEqual(['Missing warning']);
    expect(evaluator.fires(3600)).toEqual([]);
  });
});

it('notes list the rules that are not evaluated', () => {
  const { notes } = evaluatorOf(`Queue: {watch: collector-queue, levels: [{severity: warning, over: 50%}]}`);
  expect(notes).toEqual([
    'Queue is not evaluated in process: collector-queue needs metrics of the collector or the bridge, which only Prometheus has.',
  ]);
});

it('rejects times that are not finite numbers', () => {
  expect(() => evaluatorOf(SLOW).alerts(Number.NaN)).toThrow(
    'A time must be milliseconds since the epoch, got NaN',
  );
});

it('a time before the previous one counts as the previous one', () => {
  const evaluator = evaluatorOf(SLOW);
  evaluator.event(slow(0, { 'pg_otel.operation.limit': 1 }));
  expect(evaluator.fires(180)).toEqual([]);
  evaluator.event(slow(0, { 'pg_otel.operation.limit': 1 }));
  expect(evaluator.fires(10)).toEqual([]);
});

describe('strings from events and metrics', () => {
  const MIB = 1024 * 1024;
  const POOL_FULL = 'Full: {watch: pool-utilization, levels: [{severity: warning, over: 80%}]}';

  it('are truncated to the same lengths as by the bridge', () => {
    const evaluator = evaluatorOf(SLOW);
    const summary = `SELECT ${'x'.repeat(5000)}`;
    evaluator.event(
      slow(0, { 'pg_otel.operation.limit': 1, 'db.query.summary': summary }, { traceId: summary }),
    );
    const [alert] = evaluator.alerts(at(0));
    expect(alert?.labels['db_query_summary']).toBe(`${summary.slice(0, 1023)}…`);
    expect(alert?.annotations['trace_id']).toBe(`${summary.slice(0, 4095)}…`);
  });

  it('do not keep the original string alive after truncation', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const evaluator = evaluatorOf(`${SLOW}\n${POOL_FULL}`);
    const cutFromMebibyte = (index: number) =>
      `database ${index} of a request ${Buffer.alloc(MIB, 'x').toString('latin1')}`.slice(0, 30);
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let index = 0; index < 200; index++) {
      const attributes = {
        ...pooled,
        'pg_otel.operation.limit': 1,
        'db.namespace': cutFromMebibyte(index),
        'error.type': cutFromMebibyte(index),
      };
      evaluator.event(slow(0, attributes, { traceId: cutFromMebibyte(index) }));
      evaluator.metric(0, 'pg_otel.connection.utilization', [{ attributes, value: 1 }]);
    }
    expect(evaluator.fires(0).filter((name) => name.startsWith('Slow'))).toHaveLength(200);
    collect();
    // Otherwise, each alert would keep a string of 1 MiB alive.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(50 * MIB);
  });

  it('in long series keys are hashed', () => {
    const evaluator = evaluatorOf(POOL_FULL);
    collect(evaluator, 'a', 1);
    collect(evaluator, 'b', 0);
    expect(evaluator.fires(0)).toHaveLength(1);
    collect(evaluator, 'a', 0);
    expect(evaluator.fires(0)).toEqual([]);

    function collect({ metric }: typeof evaluator, end: string, value: number): void {
      const attributes = { ...pooled, text: 'x'.repeat(100_000) + end };
      metric(0, 'pg_otel.connection.utilization', [{ attributes, value }]);
    }
  });
});
