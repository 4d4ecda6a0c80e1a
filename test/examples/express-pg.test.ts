import { type OtlpCapture, type PostgresServer, startOtlpCapture, startPostgres } from '@pg-otel/testkit';
import { endExamples, post, startExample, traceOf } from './example';

let postgres: PostgresServer;
let capture: OtlpCapture;
let visit: Awaited<ReturnType<typeof visitOrders>>;

beforeAll(async () => {
  [postgres, capture] = await Promise.all([startPostgres({ database: 'orders' }), startOtlpCapture()]);
  visit = await visitOrders();
});
afterAll(async () => {
  endExamples();
  await Promise.all([postgres.stop(), capture.stop()]);
});

const asOperator = { headers: { authorization: `Basic ${btoa('operator:geheim')}` } };
const REPORT = 'SELECT order_items products';

/** Sends the requests of this test, and ends the example by SIGTERM while a page is open. */
async function visitOrders() {
  const example = await startExample('express-pg', {
    ...capture.env,
    DATABASE_URL: postgres.url,
    PG_OTEL_INSTRUMENTATIONS: 'http,express',
    OPERATOR_PASSWORD: 'geheim',
    // The report takes 1.5 s.
    PG_OTEL_SLOW_AFTER: '0.2',
  });
  const order = (items: unknown) => example.request('/orders', post({ customer: 'Ada', items }));
  const answers = {
    none: await example.request('/orders'),
    created: await order([{ product: 3, quantity: 2 }]),
    soldOut: await order([{ product: 3, quantity: 2 }]),
    invalid: await Promise.all([
      example.request('/orders', post({})),
      order([null]),
      order([{ product: 'x', quantity: 1 }]),
      order([{ product: 9, quantity: 1 }]),
    ]),
    list: await example.request('/orders'),
    read: await example.request('/orders/1'),
    missing: await Promise.all(['2', 'x', '99999999999'].map((id) => example.request(`/orders/${id}`))),
    report: await example.request('/reports/sales'),
    health: await example.request('/health'),
    forAll: await Promise.all(
      ['', '/all', '/live', '/health'].map((path) => example.request(`/admin/postgres${path}`)),
    ),
    page: await example.request('/admin/postgres', asOperator),
    insights: await example.request('/admin/postgres/all', asOperator),
  };
  const live = await fetch(`${example.url}/admin/postgres/live`, asOperator);
  const end = await example.stop();
  await live.body?.cancel().catch(() => undefined);
  return { ...answers, live, end };
}

it('answers as a REST API, and names what it refuses', () => {
  const { none, created, soldOut, invalid, list, read, missing, report } = visit;
  expect(none).toMatchObject({ status: 200, body: [] });
  expect(created).toMatchObject({ status: 201, body: { id: 1, customer: 'Ada' } });
  expect(soldOut).toMatchObject({ status: 422, body: { error: expect.stringContaining('in stock') } });
  expect(invalid.map(({ status }) => status)).toEqual([422, 422, 422, 422]);
  expect(list).toMatchObject({ status: 200, body: [{ id: 1, total_cents: 2400 }] });
  expect(read).toMatchObject({ status: 200, body: { items: [{ name: 'Cup', quantity: 2 }] } });
  expect(missing.map(({ status }) => status)).toEqual([404, 404, 404]);
  expect(report).toMatchObject({ status: 200, body: [{ name: 'Cup', sold: 2, revenue_cents: 2400 }] });
});

it('has each request and its queries in one trace', () => {
  const request = (title: string, ...queries: string[]) => [
    `SERVER ${title}`,
    '  INTERNAL middleware - jsonParser',
    ...queries,
  ];
  const traces = [visit.created, visit.soldOut, visit.report].map((answer) =>
    // The pool may close a connection that was idle on a slow machine.
    traceOf(capture, answer).filter((line) => !line.includes('CLIENT connect')),
  );
  expect(traces).toEqual([
    request(
      'POST /orders',
      '  INTERNAL request handler',
      '    CLIENT BEGIN',
      '    CLIENT COMMIT',
      '    CLIENT INSERT order_items SELECT',
      '    CLIENT INSERT orders',
      '    CLIENT UPDATE products',
      '    INTERNAL acquire orders',
    ),
    request(
      'POST /orders',
      '  INTERNAL request handler ERROR',
      '    CLIENT BEGIN',
      '    CLIENT ROLLBACK',
      '    CLIENT UPDATE products ERROR',
      '    INTERNAL acquire orders',
    ),
    request(
      'GET /reports/sales',
      '  INTERNAL request handler',
      `    CLIENT ${REPORT}`,
      '    INTERNAL acquire orders',
    ),
  ]);
});

it('shows the page to operators only, and the health to everybody', () => {
  const { forAll, page, insights, health } = visit;
  expect(forAll.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
  expect(page.body).toContain('<title>Postgres insights</title>');
  const { performance } = insights.body as { performance: { statements: { summary: string }[] } };
  const summaries = performance.statements.map(({ summary }) => summary);
  expect(summaries).toEqual(expect.arrayContaining([REPORT, 'INSERT orders', 'UPDATE products']));
  expect(health).toMatchObject({ status: 200, body: { pools: [{ poolName: 'orders', state: 'up' }] } });
});

it('logs the slow query of a request with its trace', () => {
  const logged = visit.end.stdout
    .split('\n')
    .filter((line) => line.includes(visit.report.traceId))
    .map((line) => JSON.parse(line))
    // Whether the server answers why the query is slow before it ends depends on the speed of the machine.
    .filter(({ event }) => event !== 'pg_otel.operation.diagnosed');
  const line = { summary: REPORT, pool: 'orders' };
  expect(logged).toMatchObject([
    { event: 'pg_otel.operation.slow', level: 40, ...line },
    { event: 'pg_otel.operation.ended', level: 30, ...line },
  ]);
});

it('ends by SIGTERM while a page is open, and exports what is left', () => {
  expect(visit.live.status).toBe(200);
  const { code, signal, stderr } = visit.end;
  expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  expect(capture.metrics().map(({ name }) => name)).toContain('db.client.operation.duration');
});
