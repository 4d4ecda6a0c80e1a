import { whileEnding } from '../process/ending';
import { limitGrpc, unrefHttp } from './unref';

const refused = { status: 'retryable', error: Object.assign(new Error(), { code: 'ECONNREFUSED' }) };
const busy = { status: 'retryable', retryInMillis: 50 };

/** The private parts of an OTLP exporter, as in both major versions: five retries, the first after a second. */
function exporterThatGets(answer: object) {
  let attempts = 0;
  const transport = {
    _parameters: { agentFactory: () => ({}) },
    async send() {
      attempts += 1;
      return answer as { status: string };
    },
  };
  const retrying = {
    _transport: transport,
    retry: (_data: Uint8Array, _timeout: number, _millis: number) =>
      Promise.reject<{ status: string }>(new Error('replaced')),
    async send() {
      let result = await this._transport.send();
      for (let retries = 0; result.status === 'retryable' && retries < 5; retries += 1)
        result = await this.retry(new Uint8Array(), 10_000, 1_000);
      return result;
    },
  };
  unrefHttp({ _delegate: { _transport: retrying } });
  return { send: () => retrying.send(), attempts: () => attempts };
}

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

it('repeats a refused request while the application runs', async () => {
  const { send, attempts } = exporterThatGets(refused);
  const result = send();
  await jest.advanceTimersByTimeAsync(5_000);
  expect(await result).toEqual(refused);
  expect(attempts()).toBe(6);
});

it('does not repeat a refused request when the process ends', async () => {
  const { send, attempts } = exporterThatGets(refused);
  expect(await whileEnding(send)).toEqual({ ...refused, status: 'failure' });
  expect(attempts()).toBe(1);
});

it('repeats a request at once, for the last time, when the process ends during the wait', async () => {
  const { send, attempts } = exporterThatGets(refused);
  const result = send();
  await jest.advanceTimersByTimeAsync(10);
  expect(await whileEnding(() => result)).toEqual({ ...refused, status: 'failure' });
  expect(attempts()).toBe(2);
});

it('repeats a request to an overloaded receiver even when the process ends', async () => {
  const { send, attempts } = exporterThatGets(busy);
  const result = whileEnding(send);
  await jest.advanceTimersByTimeAsync(5_000);
  expect(await result).toEqual(busy);
  expect(attempts()).toBe(6);
});

describe('an exporter whose private fields have changed', () => {
  const send = async () => ({ status: 'success' });
  const retry = send;
  const agentFactory = () => ({});

  it.each<[string, object]>([
    ['has no delegate', {}],
    ['has no transport', { _delegate: { _transport: { retry } } }],
    ['has no retry', { _delegate: { _transport: { _transport: { send, _parameters: { agentFactory } } } } }],
    [
      'has another retry',
      { _delegate: { _transport: { retry: 5, _transport: { send, _parameters: { agentFactory } } } } },
    ],
    ['has no agent factory', { _delegate: { _transport: { retry, _transport: { send, _parameters: {} } } } }],
    [
      'has an agent instead of a factory',
      { _delegate: { _transport: { retry, _transport: { send, _parameters: { agentFactory: {} } } } } },
    ],
  ])('stays as it is when it %s', (_, exporter) => {
    const before = structuredCloneOfShape(exporter);
    expect(unrefHttp(exporter)).toBe(exporter);
    expect(exporter).toEqual(before);
  });

  /** A copy with the same functions. */
  function structuredCloneOfShape(value: object): object {
    return Object.fromEntries(
      Object.entries(value).map(([name, field]) => [
        name,
        typeof field === 'object' ? structuredCloneOfShape(field) : field,
      ]),
    );
  }
});

describe('gRPC', () => {
  /** An exporter that records the time limits of its calls. */
  function exporterWithLimits(isTimeoutSet: boolean) {
    const limits: number[] = [];
    const transport = {
      async send(_data: Uint8Array, timeoutMillis: number) {
        limits.push(timeoutMillis);
        return { status: 'success' };
      },
    };
    limitGrpc({ _delegate: { _transport: transport } }, isTimeoutSet);
    return { send: () => transport.send(new Uint8Array(), 10_000), limits };
  }

  it.each([
    [false, 4_000],
    [true, 10_000],
  ])('with a timeout in the environment: %p, a call takes at most %i ms', async (isTimeoutSet, limit) => {
    const { send, limits } = exporterWithLimits(isTimeoutSet);
    await send();
    await whileEnding(send);
    expect(limits).toEqual([limit, 2_000]);
  });

  it('an exporter whose private fields have changed stays as it is', () => {
    const exporter = { _delegate: { _transport: { send: 5 } } };
    expect(limitGrpc(exporter, false)).toEqual({ _delegate: { _transport: { send: 5 } } });
  });
});
