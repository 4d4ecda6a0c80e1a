import { type AlertmanagerStandIn, startAlertmanagerStandIn } from '@pg-otel/testkit';
import { type Bridge, startBridge } from '../src/bridge';
import { attributes, breach, counted, encoded, logs, metrics, nanos, post, postLogs } from './otlp-requests';

let alertmanager: AlertmanagerStandIn;
let bridge: Bridge;

beforeAll(async () => {
  alertmanager = await startAlertmanagerStandIn();
  bridge = await startBridge({ alertmanagers: [`${alertmanager.url}/prefix/`] });
});
beforeEach(() => alertmanager.clear());
afterAll(async () => {
  await bridge.stop();
  await alertmanager.stop();
});

const TRACE = '5b8efff798038103d269b633813fc60c';
const slow = {
  timeUnixNano: nanos('2026-01-02T03:04:05.678Z'),
  observedTimeUnixNano: nanos('2026-01-02T03:04:06Z'),
  severityNumber: 13,
  body: { stringValue: '' },
  eventName: 'pg_otel.operation.slow',
  traceId: TRACE,
  spanId: 'eee19b7ec3c1b174',
  flags: 1,
  unknownField: [{ of: 'a newer version' }],
  attributes: attributes({
    'pg_otel.alert.rule': 'PgCriticalQuery',
    'pg_otel.alert.label.severity': 'critical',
    'pg_otel.alert.label.pool': '',
    'pg_otel.alert.label.db_query_summary': 'SELECT orders',
    'pg_otel.alert.annotation.elapsed': '5.2',
    'db.query.text': 'SELECT secret',
  }),
};
const point = (more: object) => ({
  timeUnixNano: nanos('2026-01-02T03:04:05Z'),
  ...breach('PgPool'),
  ...more,
});
const gauge = (...dataPoints: readonly object[]) => metrics({ name: 'g', gauge: { dataPoints } });

describe('of OTLP', () => {
  const send = (signal: 'logs' | 'metrics', request: object) => post(bridge.url, encoded(signal, request));

  it('a log record becomes an alert, and nothing of it but its marks', async () => {
    const before = Date.now();
    const answer = await send('logs', logs(slow));
    const after = Date.now();
    expect([answer.status, answer.headers.get('content-type'), answer.body.toString()]).toEqual([
      200,
      'application/json',
      '{}',
    ]);
    expect(alertmanager.requests).toEqual([
      {
        path: '/prefix/api/v2/alerts',
        authorization: undefined,
        alerts: [
          {
            labels: { alertname: 'PgCriticalQuery', severity: 'critical', db_query_summary: 'SELECT orders' },
            annotations: { elapsed: '5.2', trace_id: TRACE },
            startsAt: '2026-01-02T03:04:05.678Z',
            endsAt: expect.any(String),
          },
        ],
      },
    ]);
    const receipt = Date.parse(alertmanager.stored()[0]?.endsAt ?? '') - 180_000;
    expect(receipt).toBeGreaterThanOrEqual(before);
    expect(receipt).toBeLessThanOrEqual(after);
  });

  it.each([
    ['is sampled', { flags: 0x101, traceId: TRACE.toUpperCase() }, TRACE],
    ['is not sampled', { flags: 0x100, traceId: TRACE }, undefined],
    ['has no sampling flag', { traceId: TRACE }, undefined],
    ['has none', { flags: 1 }, undefined],
    ['is malformed', { flags: 1, traceId: TRACE.slice(0, 28) }, undefined],
  ])('the trace id is an annotation if the trace %s', async (_case, more, expected) => {
    const marked = breach('A', {}, more);
    marked.attributes.push(...attributes({ 'pg_otel.alert.annotation.trace_id': 'of somebody else' }));
    await send('logs', logs(marked));
    expect(alertmanager.stored()[0]?.annotations?.['trace_id']).toBe(expected);
  });

  it('an event without a time starts when it was observed', async () => {
    await send('logs', logs(breach('A', {}, { observedTimeUnixNano: nanos('2026-01-02T03:04:06Z') })));
    expect(alertmanager.stored()[0]?.startsAt).toBe('2026-01-02T03:04:06.000Z');
  });

  it('points of gauges and sums become alerts with their value', async () => {
    const labelled = (pool: string, more: object) => ({
      timeUnixNano: nanos('2026-01-02T03:04:05Z'),
      ...breach('PgPool', { pool }),
      ...more,
    });
    const request = metrics(
      {
        name: 'g',
        gauge: { dataPoints: [labelled('a', { asDouble: 0.95 }), labelled('b', { asInt: '-3' })] },
      },
      {
        name: 's',
        sum: { aggregationTemporality: 2, dataPoints: [labelled('c', { asInt: '9007199254740993' })] },
      },
    );
    expect((await send('metrics', request)).status).toBe(200);
    expect(alertmanager.stored()).toEqual(
      [
        ['a', '0.95'],
        ['b', '-3'],
        ['c', '9007199254740993'],
      ].map(([pool, value]) => ({
        labels: { alertname: 'PgPool', pool },
        annotations: { value },
        startsAt: '2026-01-02T03:04:05.000Z',
        endsAt: expect.any(String),
      })),
    );
  });

  it('a point without a value is no alert', async () => {
    const answer = await send('metrics', gauge(point({ flags: 1, asDouble: 0 }), point({})));
    expect([answer.status, answer.json()]).toEqual([200, {}]);
    expect(alertmanager.requests).toEqual([]);
  });

  it('an empty request is taken, and Alertmanager not asked', async () => {
    expect((await send('logs', {})).status).toBe(200);
    expect((await send('metrics', {})).status).toBe(200);
    expect(alertmanager.requests).toEqual([]);
  });

  it('records and points that nobody meant for alerts are rejected and counted, the others taken', async () => {
    const count = (signal: string, reason: string) =>
      counted(bridge.url, `rejected_total{signal="${signal}",reason="${reason}"}`);
    const before = await Promise.all([count('logs', 'no_rule'), count('metrics', 'no_number')]);
    const undelivered = await counted(bridge.url, 'undelivered_total{signal="logs"}');

    const ofLogs = await send('logs', logs({ body: { stringValue: 'secret' } }, breach('A'), {}));
    const ofMetrics = await send(
      'metrics',
      metrics({ name: 'h', histogram: { dataPoints: [breach('H'), breach('H')] } }, gauge1('G')),
    );
    expect([ofLogs.status, ofMetrics.status]).toEqual([200, 200]);
    expect(ofLogs.json()).toEqual({
      partialSuccess: {
        rejectedLogRecords: '2',
        errorMessage: '2: the attribute pg_otel.alert.rule is missing',
      },
    });
    expect(ofMetrics.json()).toEqual({
      partialSuccess: { rejectedDataPoints: '2', errorMessage: '2: the metric is neither a gauge nor a sum' },
    });
    expect(alertmanager.stored().map(({ labels }) => labels['alertname'])).toEqual(['A', 'G']);
    expect(await Promise.all([count('logs', 'no_rule'), count('metrics', 'no_number')])).toEqual([
      (before[0] ?? 0) + 2,
      (before[1] ?? 0) + 2,
    ]);
    expect(await counted(bridge.url, 'undelivered_total{signal="logs"}')).toBe(undelivered + 1);
  });

  function gauge1(rule: string) {
    return { name: 'g', gauge: { dataPoints: [{ ...breach(rule), asInt: '1' }] } };
  }
});

it('breaches of one request with equal labels are one alert', async () => {
  await postLogs(
    bridge.url,
    breach('A', { pool: 'p' }, { timeUnixNano: nanos('2026-01-02T03:04:05Z') }),
    breach('A', { pool: 'p' }, { timeUnixNano: nanos('2026-01-02T03:04:04Z') }),
    breach('A', { pool: 'q' }),
  );
  expect(alertmanager.requests[0]?.alerts.map(({ labels, startsAt }) => [labels['pool'], startsAt])).toEqual([
    ['p', '2026-01-02T03:04:04.000Z'],
    ['q', expect.any(String)],
  ]);
});

it('labels that are no labels are left out and counted', async () => {
  await postLogs(bridge.url, breach('A', { 'team-name': 'x', team: 'y' }));
  expect(alertmanager.stored()[0]?.labels).toEqual({ alertname: 'A', team: 'y' });
  expect(await counted(bridge.url, 'fields_cut_total{field="label",reason="name"}')).toBe(1);
});

it('half a character is replaced, and the other half not missed', async () => {
  expect((await postLogs(bridge.url, breach('A', { half: 'x\ud83d', whole: '👍' }))).status).toBe(200);
  expect(alertmanager.stored()[0]?.labels).toEqual({ alertname: 'A', half: 'x\ufffd', whole: '👍' });
});

it('many alerts go in batches', async () => {
  const many = Array.from({ length: 600 }, (_, index) => breach('A', { pool: `p${index}` }));
  const before = await counted(bridge.url, 'alerts_forwarded_total{signal="logs"}');
  const began = Date.now() / 1000;
  expect((await postLogs(bridge.url, ...many)).status).toBe(200);
  expect(alertmanager.requests.map(({ alerts }) => alerts.length)).toEqual([256, 256, 88]);
  expect(await counted(bridge.url, 'alerts_forwarded_total{signal="logs"}')).toBe(before + 600);
  const success = await counted(bridge.url, 'last_success_timestamp_seconds');
  expect(success).toBeGreaterThanOrEqual(began);
  expect(success).toBeLessThanOrEqual(Date.now() / 1000);
});
