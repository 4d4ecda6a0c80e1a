import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { getEventListeners } from 'node:events';
import { CHANNELS } from '@pg-otel/instrumentation/channels';
import type { retry as Retry } from './retry';

let retry: typeof Retry;
const published: unknown[] = [];
const record = (message: unknown) => void published.push(message);

beforeEach(() => {
  // All calls of a process share a budget: each test has its own.
  jest.resetModules();
  ({ retry } = jest.requireActual('./retry'));
  published.length = 0;
  subscribe(CHANNELS.retry, record);
  jest.useFakeTimers();
  jest.spyOn(Math, 'random').mockReturnValue(0.5);
});
afterEach(() => {
  unsubscribe(CHANNELS.retry, record);
  jest.useRealTimers();
  jest.restoreAllMocks();
});

const failure = (code: string) => Object.assign(new Error('user data'), { code });
const conflict = failure('40001');

/** Runs until nothing waits for a timer. */
async function settled<Result>(promise: Promise<Result>): Promise<PromiseSettledResult<Result>> {
  const result = Promise.allSettled([promise]);
  await jest.runAllTimersAsync();
  return (await result)[0];
}

/** Fails with each error once, then returns the number of the attempt. */
function failingWith(...errors: unknown[]) {
  return jest.fn(async (attempt: number) => {
    if (attempt <= errors.length) throw errors[attempt - 1];
    return attempt;
  });
}

it('repeats a transaction after a serialization failure and a deadlock, and reports each attempt', async () => {
  const transaction = failingWith(conflict, failure('40P01'));
  expect(await settled(retry(transaction))).toEqual({ status: 'fulfilled', value: 3 });
  expect(transaction.mock.calls).toEqual([[1], [2], [3]]);
  expect(published).toEqual([
    { attempt: 1, outcome: 'retried', errorType: '40001', delaySeconds: 0.05 },
    { attempt: 2, outcome: 'retried', errorType: '40P01', delaySeconds: 0.1 },
    { attempt: 3, outcome: 'recovered', errorType: '40P01', delaySeconds: undefined },
  ]);
});

it('gives up after three attempts, with the error of the last one', async () => {
  const last = failure('40001');
  expect(await settled(retry(failingWith(conflict, conflict, last)))).toEqual({
    status: 'rejected',
    reason: last,
  });
  expect(published.slice(2)).toEqual([
    { attempt: 3, outcome: 'gave_up', errorType: '40001', delaySeconds: undefined },
  ]);
});

it.each([
  ['a constraint', failure('23505')],
  ['a lost connection', failure('ECONNRESET')],
  ['a server that cannot be reached', failure('ECONNREFUSED')],
  ['a server that shuts down', failure('57P01')],
  ['an unknown result of COMMIT', failure('40003')],
  ['what is not an error', 'user data'],
  ['undefined', undefined],
])('does not repeat a transaction that failed by %s', async (_, error) => {
  const transaction = failingWith(error);
  expect(await settled(retry(transaction))).toEqual({ status: 'rejected', reason: error });
  expect(transaction).toHaveBeenCalledTimes(1);
  expect(published).toEqual([]);
});

it('repeats an idempotent transaction after a lost connection as well', async () => {
  const transaction = failingWith(failure('ECONNRESET'), new Error('Connection terminated unexpectedly'));
  expect(await settled(retry(transaction, { isIdempotent: true }))).toMatchObject({ value: 3 });
  expect((await settled(retry(failingWith(failure('23505')), { isIdempotent: true }))).status).toBe(
    'rejected',
  );
});

const ofPrismaAdapter = (cause: object) =>
  Object.assign(new Error('user data', { cause }), { name: 'DriverAdapterError' });

it.each([
  ['Drizzle', new Error('Failed query', { cause: conflict }), '40001'],
  ['Sequelize', Object.assign(new Error('user data'), { original: conflict }), '40001'],
  ['TypeORM', Object.assign(new Error('user data'), { driverError: conflict }), '40001'],
  ['Objection', Object.assign(new Error('user data'), { nativeError: conflict }), '40001'],
  ['Prisma', failure('P2034'), 'P2034'],
  ["Prisma's adapter, at COMMIT", ofPrismaAdapter({ kind: 'postgres', originalCode: '40001' }), '40001'],
  [
    "Prisma's raw statements",
    Object.assign(failure('P2010'), {
      meta: {
        driverAdapterError: ofPrismaAdapter({ kind: 'TransactionWriteConflict', originalCode: '40P01' }),
      },
    }),
    '40P01',
  ],
])('finds the conflict in an error of %s', async (_, error, errorType) => {
  expect(await settled(retry(failingWith(error)))).toMatchObject({ value: 2 });
  expect(published[0]).toMatchObject({ outcome: 'retried', errorType });
});

it.each([
  ['Prisma', ofPrismaAdapter({ kind: 'ConnectionClosed' })],
  ['Knex', new Error('select 2 - 1 - Connection terminated unexpectedly')],
  [
    'Knex whose ROLLBACK has failed',
    new Error('ROLLBACK - Client has encountered a connection error and is not queryable'),
  ],
  [
    'an ORM whose ROLLBACK has failed',
    new Error('Failed query', {
      cause: new Error('Client has encountered a connection error and is not queryable'),
    }),
  ],
])('finds the lost connection in an error of %s', async (_, error) => {
  expect((await settled(retry(failingWith(error)))).status).toBe('rejected');
  expect(await settled(retry(failingWith(error), { isIdempotent: true }))).toMatchObject({ value: 2 });
});

it.each([
  ['a message of the server that reads as one of Knex', 'P0001'],
  ['a constraint', '23505'],
])('does not take %s for a lost connection', async (_, code) => {
  const error = Object.assign(new Error('x - Connection terminated unexpectedly'), { code });
  expect((await settled(retry(failingWith(error), { isIdempotent: true }))).status).toBe('rejected');
});

it('follows no wrappers without end, and survives one that cannot be read', async () => {
  const endless = Object.assign(new Error('user data'), { cause: undefined as unknown });
  endless.cause = endless;
  const unreadable = new Proxy(new Error('user data'), {
    get() {
      throw new Error('unreadable');
    },
  });
  for (const error of [endless, unreadable]) {
    expect((await settled(retry(failingWith(error)))).status).toBe('rejected');
  }
});

describe('with a signal', () => {
  const reason = new Error('The client has gone');
  const PATIENT = { initialDelayMillis: 600_000, maxDelayMillis: 600_000, deadlineMillis: 6_000_000 };
  let controller: AbortController;
  beforeEach(() => {
    controller = new AbortController();
  });
  const gaveUp = [
    expect.objectContaining({ attempt: 1, outcome: 'retried', errorType: '40001' }),
    { attempt: 1, outcome: 'gave_up', errorType: '40001', delaySeconds: undefined },
  ];

  it('ends the wait for the next attempt by the reason, and leaves no timer and no listener', async () => {
    const { signal } = controller;
    const transaction = failingWith(conflict);
    const failed = expect(retry(transaction, { signal, ...PATIENT })).rejects.toBe(reason);
    await jest.advanceTimersByTimeAsync(0);
    expect(jest.getTimerCount()).toBe(1);
    controller.abort(reason);
    await failed;
    expect(jest.getTimerCount()).toBe(0);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    expect(transaction).toHaveBeenCalledTimes(1);
    expect(published).toEqual(gaveUp);
  });

  it('starts no attempt after one during which it was aborted', async () => {
    const transaction = jest.fn(async () => {
      controller.abort(reason);
      throw conflict;
    });
    await expect(retry(transaction, { signal: controller.signal, ...PATIENT })).rejects.toBe(reason);
    expect(transaction).toHaveBeenCalledTimes(1);
    expect(published).toEqual(gaveUp);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('calls nothing when it is aborted already', async () => {
    controller.abort(reason);
    const transaction = failingWith();
    await expect(retry(transaction, { signal: controller.signal })).rejects.toBe(reason);
    expect(transaction).not.toHaveBeenCalled();
  });

  it('returns the result of an attempt during which it was aborted', async () => {
    const transaction = async () => controller.abort(reason);
    await expect(retry(transaction, { signal: controller.signal })).resolves.toBeUndefined();
  });

  it('keeps no listener after the last attempt', async () => {
    const { signal } = controller;
    expect(await settled(retry(failingWith(conflict, conflict), { signal }))).toMatchObject({ value: 3 });
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

it('reports giving up when an attempt fails by an error that is not repeated', async () => {
  expect((await settled(retry(failingWith(conflict, failure('23505'))))).status).toBe('rejected');
  expect(published.slice(1)).toEqual([
    { attempt: 2, outcome: 'gave_up', errorType: '23505', delaySeconds: undefined },
  ]);
});

it('doubles the delays up to the largest, each with full jitter', async () => {
  jest.mocked(Math.random).mockReturnValue(0.999_999);
  const options = { maxAttempts: 7, initialDelayMillis: 100, maxDelayMillis: 1_000 };
  await settled(retry(failingWith(...Array(7).fill(conflict)), options));
  const delays = (published as { delaySeconds?: number }[]).map(({ delaySeconds }) => delaySeconds);
  expect(delays).toEqual([0.099, 0.199, 0.399, 0.799, 0.999, 0.999, undefined]);
  published.length = 0;
  jest.mocked(Math.random).mockReturnValue(0);
  await settled(retry(failingWith(conflict), options));
  expect(published[0]).toMatchObject({ delaySeconds: 0 });
});

it('starts no attempt after the deadline, and shortens the delay before the last one to reach it', async () => {
  const options = { maxAttempts: 10, initialDelayMillis: 2_000, deadlineMillis: 2_500 };
  const transaction = failingWith(...Array(10).fill(conflict));
  expect((await settled(retry(transaction, options))).status).toBe('rejected');
  expect(published).toEqual([
    { attempt: 1, outcome: 'retried', errorType: '40001', delaySeconds: 1 },
    { attempt: 2, outcome: 'retried', errorType: '40001', delaySeconds: 1 },
    { attempt: 3, outcome: 'retried', errorType: '40001', delaySeconds: 0.5 },
    { attempt: 4, outcome: 'gave_up', errorType: '40001', delaySeconds: undefined },
  ]);
});

it('does not repeat with one attempt', async () => {
  expect((await settled(retry(failingWith(conflict), { maxAttempts: 1 }))).status).toBe('rejected');
  expect(published).toEqual([
    { attempt: 1, outcome: 'gave_up', errorType: '40001', delaySeconds: undefined },
  ]);
});

it('repeats one transaction in ten when all fail for long, and each of them with an infinite budget', async () => {
  const attempts = async (options?: { budget: number }) => {
    const transaction = jest.fn(async () => Promise.reject(conflict));
    for (let call = 0; call < 1_000; call++) await settled(retry(transaction, options));
    return transaction.mock.calls.length;
  };
  await attempts();
  expect(await attempts()).toBe(1_100);
  expect(await attempts({ budget: 0 })).toBe(1_000);
  expect(await attempts({ budget: Number.POSITIVE_INFINITY })).toBe(3_000);
});

it('repeats a burst of failures after many successes', async () => {
  for (let call = 0; call < 2_000; call++) await retry(async () => {});
  const transactions = Array.from({ length: 200 }, () => failingWith(conflict));
  const results = transactions.map((transaction) => settled(retry(transaction)));
  expect((await Promise.all(results)).filter(({ status }) => status === 'fulfilled')).toHaveLength(100);
});

it.each([
  ['maxAttempts', 0, 'must be a whole number from 1 to 100, got 0'],
  ['maxAttempts', 1.5, 'must be a whole number from 1 to 100, got 1.5'],
  ['deadlineMillis', -1, 'must be a number from 0 to 2147483647, got -1'],
  ['maxDelayMillis', Number.NaN, 'must be a number from 0 to 2147483647, got NaN'],
  ['initialDelayMillis', '100', 'must be a number from 0 to 2147483647, got a text of length 3'],
  ['budget', -0.1, 'must be a number from 0 to Infinity, got -0.1'],
  ['signal', new AbortController(), 'must be an AbortSignal, got an object'],
  ['signal', null, 'must be an AbortSignal, got null'],
  ['isIdempotent', 'yes', 'must be one of true, false, got a text of length 3'],
  [
    'attempts',
    3,
    'is not an option; there are maxAttempts, initialDelayMillis, maxDelayMillis, deadlineMillis, budget, isIdempotent, signal',
  ],
])('rejects the option %s: %p', async (name, value, sentence) => {
  const transaction = failingWith();
  await expect(retry(transaction, { [name]: value })).rejects.toMatchObject({
    name: 'PoolOptionsError',
    setting: `retry.${name}`,
    message: `retry.${name} ${sentence}`,
  });
  expect(transaction).not.toHaveBeenCalled();
});

it('rejects what is not a function', async () => {
  const statement = 'select 1' as unknown as () => Promise<void>;
  await expect(retry(statement)).rejects.toThrow('transaction must be a function, got a text of length 8');
});
