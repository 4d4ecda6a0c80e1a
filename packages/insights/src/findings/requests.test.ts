import type { OperationEndMessage } from '@pg-otel/instrumentation/channels';
import { type RequestQueries, Requests } from './requests';

const query = (traceId: string) =>
  ({
    kind: 'query',
    traceId,
    summary: 'SELECT orders',
    returnedRows: 1,
    durationSeconds: 0.001,
  }) as OperationEndMessage;

function followed(): { requests: Requests; ended: RequestQueries[] } {
  const ended: RequestQueries[] = [];
  return { requests: new Requests((request) => ended.push(request)), ended };
}

it('follows 500 requests from their first to their last query, and others when those have ended', () => {
  const { requests, ended } = followed();
  for (let round = 0; round < 3; round += 1) {
    for (let nth = 0; nth < 2000; nth += 1) requests.add(query(`first-${nth}`), 0);
  }
  requests.endIdle(10_000);
  expect(ended).toHaveLength(500);
  expect(new Set(ended.map(({ statements }) => statements.get('SELECT orders')?.count))).toEqual(
    new Set([3]),
  );
  requests.add(query('later'), 10_000);
  requests.endIdle(20_000);
  expect(ended.at(-1)?.traceId).toBe('later');
});

it('requests that never end do not keep others from being followed', () => {
  const { requests, ended } = followed();
  for (let nth = 0; nth < 500; nth += 1) requests.add(query(`long-${nth}`), 9_000);
  requests.endIdle(10_000);
  requests.add(query('later'), 10_000);
  requests.endIdle(20_000);
  expect(ended.map(({ traceId }) => traceId)).toEqual(['later']);
});
