import { setImmediate as nextTurn } from 'node:timers/promises';
import { incomingAlerts } from './incoming-alerts';
import { BridgeMetrics } from './metrics';
import { signals } from './otlp';

const settings = { holdSeconds: 180, metrics: new BridgeMetrics() };
const readRecords = (logRecords: readonly object[], aborted = new AbortController().signal) => {
  const body = Buffer.from(JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }));
  return incomingAlerts(signals[0], body, settings, aborted);
};
const breach = (
  labels: Readonly<Record<string, string>> = {},
  timeUnixNano = 0n,
  annotations: Readonly<Record<string, string>> = {},
) => ({
  timeUnixNano: String(timeUnixNano),
  attributes: Object.entries({
    rule: 'A',
    ...Object.fromEntries(Object.entries(labels).map(([name, value]) => [`label.${name}`, value])),
    ...Object.fromEntries(Object.entries(annotations).map(([name, value]) => [`annotation.${name}`, value])),
  }).map(([name, stringValue]) => ({ key: `pg_otel.alert.${name}`, value: { stringValue } })),
});
const read = (records: number, aborted?: AbortSignal) => readRecords(Array(records).fill(breach()), aborted);

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
    await expect(read(50, controller.signal)).rejects.toThrow('over');
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

describe('an alert', () => {
  beforeEach(() => jest.spyOn(Date, 'now').mockReturnValue(receivedAt.getTime()));
  afterEach(() => jest.restoreAllMocks());

  it('starts at the time of its event and ends three minutes after receipt', async () => {
    const event = breach({}, nanos('2026-01-02T01:00:00.250Z') + 999_999n, { summary: 'slow' });
    expect((await readRecords([event])).folded).toEqual([
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
    ['no time', 0n, receivedAt.toISOString()],
    ['a time in the future', nanos('2026-01-02T03:04:05.679Z'), receivedAt.toISOString()],
    ['the maximum time', 2n ** 64n - 1n, receivedAt.toISOString()],
    ['a time at the epoch', 1n, '1970-01-01T00:00:00.000Z'],
  ])('of an event with %s starts at receipt or at the epoch', async (_, at, start) => {
    const { folded } = await readRecords([breach({}, at)]);
    expect(folded[0]?.alert.startsAt).toBe(start);
  });

  it('combines all breaches with equal labels: earliest time, latest annotations', async () => {
    const { folded } = await readRecords([
      breach({ pool: 'p', zone: 'z' }, nanos('2026-01-02T03:00:02Z'), { elapsed: '2' }),
      breach({ zone: 'z', pool: 'p' }, nanos('2026-01-02T03:00:03Z'), { elapsed: '3' }),
      breach({ pool: 'p', zone: 'z' }, nanos('2026-01-02T03:00:01Z'), { elapsed: '1' }),
      breach({ pool: 'q' }, nanos('2026-01-02T03:00:04Z'), { elapsed: '4' }),
      breach({}, nanos('2026-01-02T03:00:05Z')),
    ]);
    expect(
      folded.map(({ alert, items }) => [alert.labels, alert.annotations, alert.startsAt, items]),
    ).toEqual([
      [{ alertname: 'A', pool: 'p', zone: 'z' }, { elapsed: '3' }, '2026-01-02T03:00:01.000Z', 3],
      [{ alertname: 'A', pool: 'q' }, { elapsed: '4' }, '2026-01-02T03:00:04.000Z', 1],
      [{ alertname: 'A' }, {}, '2026-01-02T03:00:05.000Z', 1],
    ]);
  });

  it('does not combine different labels that are equal when joined', async () => {
    const { folded } = await readRecords([breach({ a: 'b,c,d' }), breach({ a: 'b', c: 'd' })]);
    expect(folded).toHaveLength(2);
  });
});
