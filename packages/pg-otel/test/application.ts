import { byName, type CapturedPoint, type OtlpCapture, type PostgresServer } from '@pg-otel/testkit';

/** The work of every program in these tests, as text for CommonJS and ESM. */
export const WORK = `
  async function work(pool, trace) {
    await trace.getTracer('application').startActiveSpan('work', async (span) => {
      const { rows } = await pool.query('SELECT $1::int AS answer', [42]);
      const error = await pool.query('SELECT * FROM missing').catch((error) => error);
      console.log(JSON.stringify({ rows, code: error.code }));
      span.end();
    });
  }
`;
/** The output of {@link WORK}, which shows that the driver works as usual. */
export const WORK_OUTPUT = '{"rows":[{"answer":42}],"code":"42P01"}\n';

const aNumber = expect.any(Number) as number;

const target = (postgres: PostgresServer) => ({
  'db.system.name': 'postgresql',
  'db.namespace': postgres.database,
  'server.address': postgres.host,
  'server.port': postgres.port,
});

/** The complete spans of {@link WORK} on a new pool, by name. */
export function workSpans(postgres: PostgresServer) {
  const pool = { 'db.client.connection.pool.name': postgres.database };
  const acquire = {
    name: `acquire ${postgres.database}`,
    kind: 'INTERNAL',
    parent: 'work',
    status: 'UNSET',
    attributes: { ...target(postgres), ...pool },
  };
  return byName([
    acquire,
    acquire,
    {
      name: `connect ${postgres.database}`,
      kind: 'CLIENT',
      parent: `acquire ${postgres.database}`,
      status: 'UNSET',
      attributes: {
        ...target(postgres),
        ...pool,
        'network.transport': 'tcp',
        'network.peer.address': postgres.host,
        'network.peer.port': postgres.port,
      },
    },
    {
      name: 'SELECT',
      kind: 'CLIENT',
      parent: 'work',
      status: 'UNSET',
      attributes: {
        ...target(postgres),
        'db.query.summary': 'SELECT',
        'db.query.text': 'SELECT $1::int AS answer',
        'db.response.returned_rows': 1,
        'pg_otel.pool.wait_time': aNumber,
      },
    },
    {
      name: 'SELECT missing',
      kind: 'CLIENT',
      parent: 'work',
      status: 'ERROR 42P01 undefined_table',
      attributes: {
        ...target(postgres),
        'db.query.summary': 'SELECT missing',
        'db.query.text': 'SELECT * FROM missing',
        'db.response.status_code': '42P01',
        'error.type': '42P01',
        'pg_otel.pool.wait_time': aNumber,
      },
    },
    { name: 'work', kind: 'INTERNAL', parent: undefined, status: 'UNSET', attributes: {} },
  ]);
}

/** The metrics of {@link WORK} on a pool that is still open: each point as `attributes → value or count`. */
export function workMetrics(postgres: PostgresServer) {
  const server = target(postgres);
  const pool = { ...server, 'db.client.connection.pool.name': postgres.database };
  const once = (attributes: object) => ({ attributes, count: 1 });
  const phase = (name: string) =>
    once({ ...pool, 'pg_otel.connection.phase': name, 'network.transport': 'tcp' });
  const gauge = (value: unknown, more: object = {}) => ({ attributes: { ...pool, ...more }, value });
  return {
    'db.client.operation.duration': [
      once({ ...server, 'db.query.summary': 'SELECT' }),
      once({
        ...server,
        'db.query.summary': 'SELECT missing',
        'error.type': '42P01',
        'db.response.status_code': '42P01',
      }),
    ],
    'db.client.connection.create_time': [once(pool)],
    'db.client.connection.wait_time': [{ attributes: pool, count: 2 }],
    'db.client.connection.use_time': [{ attributes: pool, count: 2 }],
    'pg_otel.connection.setup.duration': ['tcp', 'startup', 'auth', 'ready'].map(phase),
    'db.client.connection.count': [
      gauge(0, { 'db.client.connection.state': 'used' }),
      // pg-pool closes the connection of a failed pool.query.
      gauge(0, { 'db.client.connection.state': 'idle' }),
    ],
    'pg_otel.connection.closed': [gauge(1, { 'pg_otel.connection.close.reason': 'error' })],
    'db.client.connection.limit': [gauge(10)],
    'db.client.connection.idle.max': [gauge(10)],
    'db.client.connection.idle.min': [gauge(0)],
    'db.client.connection.pending_requests': [gauge(0)],
    'pg_otel.connection.utilization': [gauge(0)],
    'pg_otel.connection.pending.oldest': [gauge(0)],
    'pg_otel.connection.use.oldest': [gauge(0)],
  };
}

/** The last exported metrics of the instrumentation, in the form of {@link workMetrics}. */
export function capturedMetrics(capture: OtlpCapture) {
  const ours = capture.metrics().filter(({ scope }) => scope.name === '@pg-otel/instrumentation');
  return Object.fromEntries(
    ours.map(({ name, points }) => [name, points.filter(({ count }) => count !== 0).map(shown)]),
  );
}

function shown({ attributes, count, value }: CapturedPoint) {
  return count === undefined ? { attributes, value } : { attributes, count };
}
