import { context, INVALID_SPAN_CONTEXT, TraceFlags, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { instrument, PostgresInstrumentation } from '@pg-otel/instrumentation';
import { type PostgresServer, startPostgres } from '@pg-otel/testkit';
import pg from 'pg';
import { createInsights, type FindingKind, type Insights } from '../src';

/** What must be reported, and what must not, in requests on a real server. Each program runs in some requests. */
let postgres: PostgresServer;
let instrumentation: PostgresInstrumentation;
let pool: pg.Pool;
let insights: Insights;
let requests = 0;

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  postgres = await startPostgres({ database: 'shop' });
  instrumentation = new PostgresInstrumentation({ poolNames: () => 'shop' });
  instrument(pg);
  pool = new pg.Pool({ connectionString: postgres.url, max: 4 });
  await pool.query(`
    CREATE TABLE orders (id int PRIMARY KEY, customer int);
    CREATE TABLE customers (id int PRIMARY KEY, name text);
    CREATE TABLE items (order_id int, name text);
    INSERT INTO orders SELECT n, n FROM generate_series(1, 40) n;
    INSERT INTO customers SELECT n, 'c' || n FROM generate_series(1, 40) n;
    INSERT INTO items SELECT n % 40 + 1, 'i' || n FROM generate_series(1, 120) n`);
});
beforeEach(() => {
  insights = createInsights();
});
afterEach(() => {
  insights.stop();
  jest.restoreAllMocks();
});
afterAll(async () => {
  await pool.end();
  instrumentation.disable();
  await postgres.stop();
});

/** Runs a program with a separate trace, as an HTTP instrumentation would. */
function request<Result>(program: () => Promise<Result>): Promise<Result> {
  requests += 1;
  const traceId = requests.toString(16).padStart(32, '0');
  const span = trace.wrapSpanContext({ traceId, spanId: '1'.repeat(16), traceFlags: TraceFlags.NONE });
  return context.with(trace.setSpan(context.active(), span), program);
}

/** The findings once the requests have ended. */
function kinds(): FindingKind[] {
  const later = Date.now() + 60_000;
  jest.spyOn(Date, 'now').mockReturnValue(later);
  return insights.getAllPerformanceData().findings.map(({ kind }) => kind);
}

const orders = async (limit = 20) =>
  (await pool.query<{ id: number; customer: number }>('SELECT * FROM orders LIMIT $1', [limit])).rows;
const customer = (id: number) => pool.query('SELECT * FROM customers WHERE id = $1', [id]);

const reported: [string, FindingKind, summary: string, () => Promise<unknown>][] = [
  [
    'the customer of each order, one after the other',
    'n_plus_one',
    'SELECT customers',
    async () => {
      for (const order of await orders()) await customer(order.customer);
    },
  ],
  [
    'the customer of each order, all at once',
    'n_plus_one',
    'SELECT customers',
    async () => {
      await Promise.all((await orders()).map((order) => customer(order.customer)));
    },
  ],
  [
    'the items of each order, several rows each',
    'n_plus_one',
    'SELECT items',
    async () => {
      for (const { id } of await orders()) await pool.query('SELECT * FROM items WHERE order_id = $1', [id]);
    },
  ],
  [
    'ids from elsewhere, each in its own query',
    'loop',
    'SELECT customers',
    async () => {
      for (let id = 1; id <= 25; id += 1) await customer(id);
    },
  ],
  [
    'a transaction that waits for something else',
    'idle_transaction',
    'UPDATE orders',
    async () => {
      const client = await pool.connect();
      await client.query('BEGIN');
      await client.query('UPDATE orders SET customer = id WHERE id = 1');
      await new Promise((resolve) => setTimeout(resolve, 1200));
      await client.query('SELECT * FROM customers WHERE id = 1');
      await client.query('COMMIT');
      client.release();
    },
  ],
];

it.each(reported)('reports: %s', async (_name, kind, summary, program) => {
  for (let nth = 0; nth < 3; nth += 1) await request(program);
  const expected = [kind];
  expect(kinds()).toEqual(expected);
  const [finding] = insights.getAllPerformanceData().findings;
  expect(finding).toMatchObject({ count: 3, summary, sentence: expect.stringMatching(/\d/) });
  expect(finding?.sentence).toContain(summary);
  expect(finding?.traceIds).toHaveLength(3);
});

const silent: [string, () => Promise<unknown>][] = [
  [
    'a few queries with the same text',
    async () => {
      for (const order of await orders(5)) await customer(order.customer);
    },
  ],
  [
    'one query for all ids (a dataloader)',
    async () => {
      const ids = (await orders()).map((order) => order.customer);
      await pool.query('SELECT * FROM customers WHERE id = ANY($1)', [ids]);
    },
  ],
  [
    'pages of rows',
    async () => {
      for (let page = 0; page < 25; page += 1) {
        await pool.query('SELECT * FROM items ORDER BY name LIMIT 4 OFFSET $1', [page * 4]);
      }
    },
  ],
  [
    'a query for each row of a bulk insert',
    async () => {
      for (let id = 0; id < 30; id += 1) await pool.query('INSERT INTO items VALUES ($1, $2)', [id, 'x']);
    },
  ],
  [
    'a setting for each transaction, as for row-level security',
    async () => {
      for (const order of await orders(25))
        await pool.query("SELECT set_config('app.user', $1, true)", [order.id]);
    },
  ],
  [
    'queries that fail and are tried again',
    async () => {
      for (let attempt = 0; attempt < 25; attempt += 1)
        await pool.query('SELECT * FROM missing').catch(() => {});
    },
  ],
  [
    'a transaction of many statements',
    async () => {
      const client = await pool.connect();
      await client.query('BEGIN');
      for (let id = 1; id <= 30; id += 1)
        await client.query('UPDATE orders SET customer = id WHERE id = $1', [id]);
      await client.query('COMMIT');
      client.release();
    },
  ],
  [
    'a transaction with a slow statement',
    async () => {
      const client = await pool.connect();
      await client.query('BEGIN');
      await client.query('SELECT pg_sleep(1.2)');
      await client.query('COMMIT');
      client.release();
    },
  ],
];

it.each(silent)('does not report: %s', async (_name, program) => {
  for (let nth = 0; nth < 4; nth += 1) await request(program);
  expect(kinds()).toEqual([]);
});

it('does not report requests that poll until something has happened', async () => {
  const poll = async () => {
    for (let nth = 0; nth < 21; nth += 1) {
      await customer(1);
      await new Promise((resolve) => setTimeout(resolve, 110));
    }
  };
  await Promise.all([1, 2, 3].map(() => request(poll)));
  expect(kinds()).toEqual([]);
});

it('does not report a job that runs once', async () => {
  await request(async () => {
    for (const order of await orders(40)) await customer(order.customer);
  });
  expect(kinds()).toEqual([]);
});

it('does not report queries without a trace', async () => {
  for (let nth = 0; nth < 4; nth += 1) for (const order of await orders()) await customer(order.customer);
  expect(kinds()).toEqual([]);
});

it('does not report queries of a process without a tracer provider', async () => {
  // What the HTTP instrumentation makes active then.
  const span = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
  for (let nth = 0; nth < 4; nth += 1) {
    await context.with(trace.setSpan(context.active(), span), async () => {
      for (const order of await orders()) await customer(order.customer);
    });
    expect(kinds()).toEqual([]);
  }
  const { connections } = insights.getAllPerformanceData();
  const traceIds = connections.history.map((entry) => ('traceId' in entry ? entry.traceId : undefined));
  expect(traceIds).not.toContain(INVALID_SPAN_CONTEXT.traceId);
});
