import type { OperationEndMessage } from '@pg-otel/instrumentation/channels';
import type { RequestQueries } from '../findings/request-queries';
import { FollowedTraces } from './followed-traces';
import { LatestTrace } from './latest-trace';

const query = (traceId: string) =>
  ({
    kind: 'query',
    traceId,
    summary: 'SELECT orders',
    returnedRows: 1,
    durationSeconds: 0.001,
  }) as OperationEndMessage;

function followed(): { traces: FollowedTraces; ended: RequestQueries[] } {
  const ended: RequestQueries[] = [];
  return { traces: new FollowedTraces(new LatestTrace(), (request) => ended.push(request)), ended };
}

it('follows 500 traces from their first to their last query, and others when those have ended', () => {
  const { traces, ended } = followed();
  for (let round = 0; round < 3; round += 1) {
    for (let nth = 0; nth < 2000; nth += 1) traces.add(query(`first-${nth}`), 0);
  }
  traces.endIdle(10_000);
  expect(ended).toHaveLength(500);
  expect(new Set(ended.map(({ statements }) => statements.get('SELECT orders')?.count))).toEqual(
    new Set([3]),
  );
  traces.add(query('later'), 10_000);
  traces.endIdle(20_000);
  expect(ended.at(-1)?.traceId).toBe('later');
});

it('traces that never end do not keep others from being followed', () => {
  const { traces, ended } = followed();
  for (let nth = 0; nth < 500; nth += 1) traces.add(query(`long-${nth}`), 9_000);
  traces.endIdle(10_000);
  traces.add(query('later'), 10_000);
  traces.endIdle(20_000);
  expect(ended.map(({ traceId }) => traceId)).toEqual(['later']);
});

it('a trace that goes on while others end is one request', () => {
  const { traces, ended } = followed();
  for (let nth = 0; nth < 100; nth += 1) traces.add(query(`long-${nth}`), 0);
  traces.add(query('short'), 0);
  for (let nth = 0; nth < 100; nth += 1) traces.add(query(`long-${nth}`), 4_000);
  traces.endIdle(6_000);
  expect(ended.map(({ traceId }) => traceId)).toEqual(['short']);
  for (let nth = 0; nth < 100; nth += 1) traces.add(query(`long-${nth}`), 7_000);
  traces.endIdle(20_000);
  expect(ended.slice(1).map(({ statements }) => statements.get('SELECT orders')?.count)).toEqual(
    new Array(100).fill(3),
  );
});

it('a trace that goes on after it seemed to have ended is a request again', () => {
  const { traces, ended } = followed();
  traces.add(query('slow'), 0);
  traces.endIdle(6_000);
  traces.add(query('slow'), 7_000);
  traces.endIdle(20_000);
  expect(ended.map(({ traceId }) => traceId)).toEqual(['slow', 'slow']);
});
