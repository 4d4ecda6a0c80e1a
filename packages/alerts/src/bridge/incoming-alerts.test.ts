import { setImmediate as nextTurn } from 'node:timers/promises';
import { AlertFolds, incomingAlerts } from './incoming-alerts';
import type { Breach } from './marks';
import { BridgeMetrics } from './metrics';
import { signals } from './otlp';

const marked = { attributes: [{ key: 'pg_otel.alert.rule', value: { stringValue: 'A' } }] };
const request = (records: number) =>
  Buffer.from(
    JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: Array(records).fill(marked) }] }] }),
  );
const settings = { holdSeconds: 180, metrics: new BridgeMetrics() };
const read = (records: number, aborted = new AbortController().signal) =>
  incomingAlerts(signals[0], request(records), settings, aborted);

describe('a request that takes long to read', () => {
  let now = 0;
  beforeEach(() => {
    // Each reading of the clock is one step later.
    jest.spyOn(performance, 'now').mockImplementation(() => {
      now += 100;
      return now;
    });
  });
  afterEach(() => jest.restoreAllMocks());

  it('yields to the event loop between steps', async () => {
    const order: string[] = [];
    const reading = read(50).then(({ folded }) => order.push(`read ${folded[0]?.items}`));
    for (let turn = 0; turn < 10; turn++) {
      await nextTurn();
      order.push('other');
    }
    await reading;
    expect(order).toEqual([...Array(10).fill('other'), 'read 50']);
  });

  it('is aborted when its time is over', async () => {
    const controller = new AbortController();
    const reading = read(50, controller.signal);
    controller.abort(new Error('over'));
    await expect(reading).rejects.toThrow('over');
  });
});

it('a request has at most 10,000 records', async () => {
  // With a resource and a scope.
  expect((await read(9_998)).folded[0]?.items).toBe(9_998);
  await expect(read(9_999)).rejects.toMatchObject({
    status: 413,
    message: 'there must be at most 10000 log records',
  });
});

const receivedAt = new Date('2026-01-02T03:04:05.678Z');
const nanos = (iso: string) => BigInt(Date.parse(iso)) * 1_000_000n;
const breach = (
  labels: Record<string, string>,
  at: bigint,
  annotations: Record<string, string> = {},
): Breach => ({
  labels: new Map(Object.entries(labels)),
  annotations: new Map(Object.entries(annotations)),
  timeUnixNano: at,
  cut: [],
});
function foldedAlerts(breaches: readonly Breach[]) {
  const folds = new AlertFolds(receivedAt);
  for (const one of breaches) folds.add(one);
  return folds.alerts(180);
}
const startOf = (at: bigint) => foldedAlerts([breach({ alertname: 'A' }, at)])[0]?.alert.startsAt;

describe('an alert', () => {
  it('starts at the time of its event and ends three minutes after receipt', () => {
    const event = breach({ alertname: 'A' }, nanos('2026-01-02T01:00:00.250Z') + 999_999n, {
      summary: 'slow',
    });
    expect(foldedAlerts([event])).toEqual([
      {
        alert: {
          labels: { alertname: 'A' },
          annotations: { summary: 'slow' },
          startsAt: '2026-01-02T01:00:00.250Z',
          endsAt: '2026-01-02T03:07:05.678Z',
        },
        items: 1,
      },
    ]);
  });

  it.each([
    ['no time', 0n],
    ['a time in the future', nanos('2026-01-02T03:04:05.679Z')],
    ['the maximum time', 2n ** 64n - 1n],
  ])('starts at receipt for an event with %s', (_, at) => {
    expect(startOf(at)).toBe(receivedAt.toISOString());
  });

  it('may start at the epoch', () => {
    expect(startOf(1n)).toBe('1970-01-01T00:00:00.000Z');
  });

  it('combines all breaches with equal labels: earliest time, latest annotations', () => {
    const alerts = foldedAlerts([
      breach({ alertname: 'A', pool: 'p' }, nanos('2026-01-02T03:00:02Z'), { elapsed: '2' }),
      breach({ pool: 'p', alertname: 'A' }, nanos('2026-01-02T03:00:03Z'), { elapsed: '3' }),
      breach({ alertname: 'A', pool: 'p' }, nanos('2026-01-02T03:00:01Z'), { elapsed: '1' }),
      breach({ alertname: 'A', pool: 'q' }, nanos('2026-01-02T03:00:04Z'), { elapsed: '4' }),
      breach({ alertname: 'A' }, nanos('2026-01-02T03:00:05Z')),
    ]);
    expect(
      alerts.map(({ alert, items }) => [alert.labels, alert.annotations, alert.startsAt, items]),
    ).toEqual([
      [{ alertname: 'A', pool: 'p' }, { elapsed: '3' }, '2026-01-02T03:00:01.000Z', 3],
      [{ alertname: 'A', pool: 'q' }, { elapsed: '4' }, '2026-01-02T03:00:04.000Z', 1],
      [{ alertname: 'A' }, {}, '2026-01-02T03:00:05.000Z', 1],
    ]);
  });

  it('does not combine different labels that are equal when joined', () => {
    const alerts = foldedAlerts([
      breach({ alertname: 'A', a: 'b","c' }, 1n),
      breach({ alertname: 'A', a: 'b', c: '' }, 1n),
    ]);
    expect(alerts).toHaveLength(2);
  });
});
