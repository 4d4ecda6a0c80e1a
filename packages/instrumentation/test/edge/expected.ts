import type { PostgresServer } from '@pg-otel/testkit';

export interface ShownSpan {
  readonly name: string;
  readonly kind: string;
  readonly status: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly string[];
}

const aNumber = expect.any(Number) as number;
const aText = expect.any(String) as string;

export const target = (postgres: PostgresServer) => ({
  'db.system.name': 'postgresql',
  'db.namespace': postgres.database,
  'server.address': postgres.host,
  'server.port': postgres.port,
});

const exchange = (status: number) => ({
  'http.response.status_code': status,
  'pg_otel.neon.request_id': aText,
  'pg_otel.http.server_time': aNumber,
  'pg_otel.http.read_time': aNumber,
});

/** The spans of each path of workers/work.js, with everything that is on them; `acquireSpans` is `always`. */
export function expectedSpans(postgres: PostgresServer): Record<string, readonly ShownSpan[]> {
  const pool = { 'db.client.connection.pool.name': postgres.database };
  const span = (name: string, attributes: object, more: Partial<ShownSpan> = {}): ShownSpan => ({
    name,
    kind: 'CLIENT',
    status: 'UNSET',
    attributes: { ...target(postgres), ...attributes },
    events: [],
    ...more,
  });
  const one = span('SELECT', {
    'db.query.summary': 'SELECT',
    'db.query.text': 'SELECT ? AS one',
    'db.response.returned_rows': 1,
    ...exchange(200),
  });
  const missing = {
    'db.query.summary': 'SELECT missing',
    'db.query.text': 'SELECT * FROM missing',
    'db.response.status_code': '42P01',
    'error.type': '42P01',
  };
  const failed = { 'error.type': 'connection_failed' };
  const isFailed = { status: 'ERROR connection_failed' };
  const isMissing = { status: 'ERROR 42P01 undefined_table' };
  return {
    template: [
      span('SELECT', {
        'db.query.summary': 'SELECT',
        'db.query.text': 'SELECT $1::int AS answer',
        'db.response.returned_rows': 1,
        ...exchange(200),
      }),
    ],
    query: [
      span('SELECT', {
        'db.query.summary': 'SELECT',
        'db.query.text': 'SELECT generate_series(1, $1::int) AS number',
        'db.response.returned_rows': 3,
        ...exchange(200),
      }),
    ],
    transaction: [
      span('BATCH SELECT', {
        'db.query.summary': 'BATCH SELECT',
        'db.query.text': 'SELECT $1::int AS one; SELECT ? AS two',
        'db.operation.batch.size': 2,
        'db.response.returned_rows': 2,
        ...exchange(200),
      }),
    ],
    failing: [span('SELECT missing', { ...missing, ...exchange(400) }, isMissing)],
    'never-awaited': [],
    twice: [one, one],
    down: [
      span(
        'SELECT',
        { 'db.query.summary': 'SELECT', 'db.query.text': 'SELECT ? AS one', ...failed },
        isFailed,
      ),
    ],
    'pool-down': [
      span(`acquire ${postgres.database}`, { ...pool, ...failed }, { kind: 'INTERNAL', ...isFailed }),
      span(
        `connect ${postgres.database}`,
        {
          ...pool,
          ...failed,
          'network.transport': 'tcp',
          'pg_otel.connection.phase': 'websocket',
        },
        { events: ['websocket'], ...isFailed },
      ),
    ],
    pool: [
      span(`acquire ${postgres.database}`, pool, { kind: 'INTERNAL' }),
      span(
        `connect ${postgres.database}`,
        { ...pool, 'network.transport': 'tcp' },
        { events: ['websocket', 'startup', 'auth', 'ready'] },
      ),
      span('SELECT', {
        'db.query.summary': 'SELECT',
        'db.query.text': 'SELECT $1::int AS answer',
        'db.response.returned_rows': 1,
        'pg_otel.pool.wait_time': aNumber,
        'pg_otel.connection.setup_time': aNumber,
      }),
      span(`acquire ${postgres.database}`, pool, { kind: 'INTERNAL' }),
      span('SELECT missing', { ...missing, 'pg_otel.pool.wait_time': aNumber }, isMissing),
    ],
  };
}

/** The spans of an instrumented function without its module. Rows are counted when the result has its full form. */
export function withoutTheRequest(spans: readonly ShownSpan[] = []): ShownSpan[] {
  const unknown = /^(server|db\.namespace|http|pg_otel)/;
  return spans.map((span) => ({
    ...span,
    attributes: Object.fromEntries(Object.entries(span.attributes).filter(([name]) => !unknown.test(name))),
  }));
}
