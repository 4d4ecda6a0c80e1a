import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { ByteBudget, type ByteShare } from './byte-budget';
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

describe('the byte budget', () => {
  /** Shares of arriving bodies, the oldest first, and the names of those that were reclaimed. */
  function arrivingShares(budget: ByteBudget, ...names: string[]) {
    const reclaimed: string[] = [];
    const shares = names.map((name) => {
      const share = budget.share();
      share.begin(() => reclaimed.push(name));
      return share;
    });
    return { shares: shares as [ByteShare, ByteShare, ByteShare], reclaimed };
  }

  it('reclaims the share of the body that has been arriving longest', () => {
    const { shares, reclaimed } = arrivingShares(new ByteBudget(100), 'slow', 'slow, too', 'quick');
    shares[0].add(50);
    shares[1].add(50);
    shares[2].add(40);
    expect(reclaimed).toEqual(['slow']);
    shares[2].add(20);
    expect(reclaimed).toEqual(['slow', 'slow, too']);
  });

  it('does not reclaim the share of a complete body', () => {
    const { shares, reclaimed } = arrivingShares(new ByteBudget(100), 'arrived', 'arrived, too', 'next');
    for (const share of shares.slice(0, 2)) {
      share.add(50);
      share.complete();
    }
    expect(() => shares[2].add(1)).toThrow('the bridge is busy');
    expect(reclaimed).toEqual([]);
  });

  it('gets a share back once, even if it is released several times', () => {
    const { shares, reclaimed } = arrivingShares(new ByteBudget(100), 'one', 'other', 'third');
    shares[1].add(60);
    shares[1].complete();
    shares[0].add(40);
    shares[0].release();
    shares[0].release();
    shares[2].add(40);
    expect(() => shares[2].add(1)).toThrow('the bridge is busy');
    expect(reclaimed).toEqual([]);
  });

  it('allows 256 bodies to arrive at the same time', () => {
    const names = Array.from({ length: 258 }, (_, index) => `${index}`);
    expect(arrivingShares(new ByteBudget(100), ...names).reclaimed).toEqual(['0', '1']);
  });
});
