import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { ByteBudget } from './byte-budget';
import { BODY_SECONDS, readBody } from './request-body';

/** A request whose body has not ended. */
function arriving(headers: IncomingMessage['headers'] = {}) {
  return Object.assign(new PassThrough(), { headers, complete: false }) as unknown as IncomingMessage &
    PassThrough;
}
const open = new AbortController().signal;

describe('a body that does not end', () => {
  beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] }));
  afterEach(() => jest.useRealTimers());

  it.each([{}, { 'content-encoding': 'gzip' }])('is waited for ten seconds, with %j', async (headers) => {
    const share = new ByteBudget(100).share();
    const body = readBody(arriving(headers), 1024, share, open);
    const answer = expect(body).rejects.toMatchObject({ status: 503, message: 'the request did not arrive' });
    jest.advanceTimersByTime(BODY_SECONDS * 1000 - 1);
    expect(jest.getTimerCount()).toBe(1);
    jest.advanceTimersByTime(1);
    await answer;
    expect(jest.getTimerCount()).toBe(0);
  });
});

it('a share of the byte budget is given back once, however often it is released', () => {
  const budget = new ByteBudget(100);
  const [one, other] = [budget.share(), budget.share()];
  one.add(60);
  other.add(40);
  expect(() => other.add(1)).toThrow('the bridge is busy');
  one.release();
  one.release();
  other.add(60);
  expect(() => one.add(1)).toThrow('the bridge is busy');
});
