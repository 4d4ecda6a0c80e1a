import { setImmediate as nextTurn } from 'node:timers/promises';
import { incomingAlerts } from './incoming-alerts';
import { signals } from './otlp/signals';

const logs = signals['/v1/logs'] as (typeof signals)[string];
const marked = { attributes: [{ key: 'pg_otel.alert.rule', value: { stringValue: 'A' } }] };
const request = (records: number) => ({
  resourceLogs: [{ scopeLogs: [{ logRecords: Array(records).fill(marked) }] }],
});
const read = (records: number, aborted = new AbortController().signal) =>
  incomingAlerts(logs, request(records), 180, aborted, () => undefined);

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
    await expect(read(50, AbortSignal.abort())).rejects.toMatchObject({ status: 503 });
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
