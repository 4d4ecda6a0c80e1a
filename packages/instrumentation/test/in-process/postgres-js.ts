import path from 'node:path';
import { context, type Span, trace } from '@opentelemetry/api';
import type { RecordedSpan } from '@pg-otel/testkit';
import type postgres from 'postgres';
import { instrument } from '../../src';
import { followedConnection } from '../../src/drivers/postgres-js/connection';
import type { Instrumented } from './instrumented';

export type Sql = postgres.Sql;
type Postgres = typeof postgres;

/** Loads the driver as the module hooks do: its file with the connections is replaced too. */
export function loadPostgresJs(): Postgres {
  const folder = path.dirname(require.resolve('postgres'));
  const connection = path.join(folder, 'connection.js');
  const { version } = require(path.join(folder, '../../package.json')) as { version: string };
  jest.doMock(connection, () => followedConnection(jest.requireActual(connection), version));
  return instrument(require('postgres') as Postgres);
}

const opened: Sql[] = [];

/** Opens instances of the driver; {@link endAll} ends them. */
export const opener =
  (driver: Postgres, shop: Instrumented) =>
  (options: postgres.Options<Record<string, postgres.PostgresType>> = {}): Sql => {
    const sql = driver(shop.server.url, { onnotice: () => {}, ...options });
    opened.push(sql);
    return sql;
  };

export const endAll = () => Promise.all(opened.splice(0).map((sql) => sql.end({ timeout: 0 })));

/** Runs a function below a span, and returns the names of the spans below it with their attributes. */
export async function below(shop: Instrumented, run: () => unknown): Promise<RecordedSpan[]> {
  const span = trace.getTracer('test').startSpan('application');
  await context.with(trace.setSpan(context.active(), span), async () => run());
  span.end();
  return childrenOf(shop, span);
}

export const childrenOf = (shop: Instrumented, parent: Span | RecordedSpan): RecordedSpan[] => {
  const id = 'spanContext' in parent ? parent.spanContext().spanId : parent.spanId;
  return shop.recorder.spans().filter(({ parentSpanId }) => parentSpanId === id);
};

/** Queries, without acquires and setups. */
export const queriesIn = (spans: readonly RecordedSpan[]): RecordedSpan[] =>
  spans.filter(({ kind, name }) => kind === 'CLIENT' && !name.startsWith('connect '));

/** The statement that the driver runs on each new connection. */
export const TYPES = 'select pg_catalog.pg_type pg_catalog.pg_type';
