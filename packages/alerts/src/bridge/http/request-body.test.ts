import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { BODY_SECONDS, readBody } from './request-body';
import { RequestBudget } from './request-budget';

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
    const body = readBody(arriving(headers), 1024, new RequestBudget({ bytes: 100, requests: 2 }), open);
    const answer = expect(body).rejects.toMatchObject({ status: 503, message: 'the request did not arrive' });
    jest.advanceTimersByTime(BODY_SECONDS * 1000 - 1);
    expect(jest.getTimerCount()).toBe(1);
    jest.advanceTimersByTime(1);
    await answer;
    expect(jest.getTimerCount()).toBe(0);
  });
});

it('a body that finds no place leaves no timer behind', async () => {
  jest.useFakeTimers();
  const body = readBody(arriving(), 1024, new RequestBudget({ bytes: 100, requests: 0 }), open);
  await expect(body).rejects.toMatchObject({ status: 503, message: 'the bridge is busy' });
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

describe('the budget', () => {
  /** Requests whose bodies arrive, the oldest first, and the names of those that had to give up their bytes. */
  function arrivingAt(budget: RequestBudget, ...names: string[]) {
    const reclaimed: string[] = [];
    const requests = names.map((name) => ({ name }));
    for (const request of requests) budget.begin(request, () => reclaimed.push(request.name));
    return { requests: requests as [object, object, object], reclaimed };
  }

  it('reclaims the bytes of the body that has been arriving longest', () => {
    const budget = new RequestBudget({ bytes: 100, requests: 2 });
    const { requests, reclaimed } = arrivingAt(budget, 'slow', 'slow, too', 'quick');
    budget.add(requests[0], 50);
    budget.add(requests[1], 50);
    budget.add(requests[2], 40);
    expect(reclaimed).toEqual(['slow']);
    budget.add(requests[2], 20);
    expect(reclaimed).toEqual(['slow', 'slow, too']);
  });

  it('does not reclaim the bytes of a complete body', () => {
    const budget = new RequestBudget({ bytes: 100, requests: 2 });
    const { requests, reclaimed } = arrivingAt(budget, 'arrived', 'arrived, too', 'next');
    for (const request of requests.slice(0, 2)) {
      budget.add(request, 50);
      budget.complete(request);
    }
    expect(() => budget.add(requests[2], 1)).toThrow('the bridge is busy');
    expect(reclaimed).toEqual([]);
  });

  it('refuses a body when the maximum number of requests has arrived, and those that arrive later', () => {
    const budget = new RequestBudget({ bytes: 100, requests: 2 });
    const { requests } = arrivingAt(budget, 'arrived', 'arrived, too', 'next');
    budget.complete(requests[0]);
    budget.complete(requests[1]);
    expect(() => budget.complete(requests[2])).toThrow('the bridge is busy');
    expect(() => arrivingAt(budget, 'later')).toThrow('the bridge is busy');
    budget.release(requests[0]);
    budget.complete(requests[2]);
  });

  it('gets bytes back once, even if they are released several times', () => {
    const budget = new RequestBudget({ bytes: 100, requests: 2 });
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
    expect(arrivingAt(new RequestBudget({ bytes: 100, requests: 2 }), ...names).reclaimed).toEqual([
      '0',
      '1',
    ]);
  });
});
