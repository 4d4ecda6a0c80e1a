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

  it.each([{}, { 'content-encoding': 'gzip' }])('times out after ten seconds, with %j', async (headers) => {
    const body = readBody(arriving(headers), 1024, new ByteBudget(100), open);
    const answer = expect(body).rejects.toMatchObject({ status: 503, message: 'the request did not arrive' });
    jest.advanceTimersByTime(BODY_SECONDS * 1000 - 1);
    expect(jest.getTimerCount()).toBe(1);
    jest.advanceTimersByTime(1);
    await answer;
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('the byte budget', () => {
  /** Requests whose bodies arrive, the oldest first, and the names of those that had to give up their bytes. */
  function arrivingAt(budget: ByteBudget, ...names: string[]) {
    const reclaimed: string[] = [];
    const requests = names.map((name) => ({ name }));
    for (const request of requests) budget.begin(request, () => reclaimed.push(request.name));
    return { requests: requests as [object, object, object], reclaimed };
  }

  it('reclaims the bytes of the body that has been arriving longest', () => {
    const budget = new ByteBudget(100);
    const { requests, reclaimed } = arrivingAt(budget, 'slow', 'slow, too', 'quick');
    budget.add(requests[0], 50);
    budget.add(requests[1], 50);
    budget.add(requests[2], 40);
    expect(reclaimed).toEqual(['slow']);
    budget.add(requests[2], 20);
    expect(reclaimed).toEqual(['slow', 'slow, too']);
  });

  it('does not reclaim the bytes of a complete body', () => {
    const budget = new ByteBudget(100);
    const { requests, reclaimed } = arrivingAt(budget, 'arrived', 'arrived, too', 'next');
    for (const request of requests.slice(0, 2)) {
      budget.add(request, 50);
      budget.complete(request);
    }
    expect(() => budget.add(requests[2], 1)).toThrow('the bridge is busy');
    expect(reclaimed).toEqual([]);
  });

  it('gets bytes back once, even if they are released several times', () => {
    const budget = new ByteBudget(100);
    const { requests, reclaimed } = arrivingAt(budget, 'one', 'other', 'third');
    budget.add(requests[1], 60);
    budget.complete(requests[1]);
    budget.add(requests[0], 40);
    budget.release(requests[0]);
    budget.release(requests[0]);
    budget.add(requests[2], 40);
    expect(() => budget.add(requests[2], 1)).toThrow('the bridge is busy');
    expect(reclaimed).toEqual([]);
  });

  it('allows 256 bodies to arrive at the same time', () => {
    const names = Array.from({ length: 258 }, (_, index) => `${index}`);
    expect(arrivingAt(new ByteBudget(100), ...names).reclaimed).toEqual(['0', '1']);
  });
});
