import { whileEnding } from '../process/ending';
import { unrefHttp } from './unref-http';

const refused = { status: 'retryable', error: Object.assign(new Error(), { code: 'ECONNREFUSED' }) };
const busy = { status: 'retryable', retryInMillis: 50 };

/** The insides of an OTLP exporter, as those of both major versions behave: five retries, the first after a second. */
function exporterThatGets(answer: object) {
  let attempts = 0;
  const inner = {
    async send() {
      attempts += 1;
      return answer as { status: string };
    },
  };
  const retrying = {
    _transport: inner,
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

it('asks a receiver that refuses connections again while the application runs', async () => {
  const { send, attempts } = exporterThatGets(refused);
  const result = send();
  await jest.advanceTimersByTimeAsync(5_000);
  expect(await result).toEqual(refused);
  expect(attempts()).toBe(6);
});

it('asks a receiver that refuses connections once when the process ends', async () => {
  const { send, attempts } = exporterThatGets(refused);
  expect(await whileEnding(send)).toEqual({ ...refused, status: 'failure' });
  expect(attempts()).toBe(1);
});

it('asks once more, at once, when the process ends while it waits to ask again', async () => {
  const { send, attempts } = exporterThatGets(refused);
  const result = send();
  await jest.advanceTimersByTimeAsync(10);
  expect(await whileEnding(() => result)).toEqual({ ...refused, status: 'failure' });
  expect(attempts()).toBe(2);
});

it('waits for a receiver that has no time also when the process ends', async () => {
  const { send, attempts } = exporterThatGets(busy);
  const result = whileEnding(send);
  await jest.advanceTimersByTimeAsync(5_000);
  expect(await result).toEqual(busy);
  expect(attempts()).toBe(6);
});

it('leaves an exporter with other insides as it is', () => {
  expect(unrefHttp({ export() {} })).toEqual({ export: expect.any(Function) });
});
