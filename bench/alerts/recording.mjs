// What an application really sends, once, for the load to repeat.
import { once } from 'node:events';
import http from 'node:http';
import { buffer } from 'node:stream/consumers';
import { decodeProtobuf, saidBy, startReportingApplication } from '@pg-otel/testkit';
import { BATCH } from './trials.mjs';

const QUERIES_OF_REQUEST = 4;

export const TABLES = `
  CREATE TABLE customers (id int PRIMARY KEY, name text);
  CREATE TABLE orders (id int PRIMARY KEY, customer_id int, total numeric);
  INSERT INTO customers SELECT n, 'customer ' || n FROM generate_series(1, 100) n;
  INSERT INTO orders SELECT n, n % 100, n FROM generate_series(1, 1000) n`;

/** Bodies of OTLP/HTTP requests: `{ spans, foreign, events }`, each a list of `{ body, items }`. */
export async function record({ postgres, requests }) {
  const sent = [];
  const server = http.createServer(async (request, response) => {
    sent.push({ signal: request.url.slice('/v1/'.length), body: await buffer(request) });
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const application = startReportingApplication({
      body: shop(requests * BATCH),
      postgres,
      collector: { ports: { http: server.address().port } },
    });
    await saidBy(application);
  } finally {
    server.closeAllConnections();
    server.close();
  }
  const traces = sent.filter(({ signal }) => signal === 'traces').map(withItems('traces', spansOf));
  const logs = sent.filter(({ signal }) => signal === 'logs').map(withItems('logs', recordsOf));
  const full = ({ items }) => items.length === BATCH;
  const bodies = (list) => list.map(({ body, items }) => ({ body, items: items.length }));
  const isOurs = ({ items }) => items.every(({ eventName }) => eventName?.match(/^(pg_otel|db\.client)\./));
  const recorded = {
    spans: bodies(traces.filter(full)),
    foreign: bodies(logs.filter((one) => full(one) && !isOurs(one))),
    events: bodies(logs.filter(isOurs)),
  };
  for (const [name, list] of Object.entries(recorded)) {
    if (list.length === 0) throw new Error(`bench: the application sent no request with ${name}`);
  }
  return recorded;
}

/** Requests of four queries, each query with a log record of the application; slow queries and failures at the end. */
function shop(spans) {
  const requests = Math.ceil(spans / QUERIES_OF_REQUEST);
  return `
    const { logs } = require('@opentelemetry/api-logs');
    const logger = logs.getLogger('shop');
    const tracer = trace.getTracer('shop');
    const pool = new pg.Pool({ max: 8 });
    const query = async (text, values) => {
      const { rowCount } = await pool.query(text, values);
      logger.emit({
        severityNumber: 9, severityText: 'INFO', body: 'answered ' + rowCount + ' rows for ' + values[0],
        attributes: { 'code.function.name': 'shop.orders.load', 'enduser.id': 'customer-' + values[0], rows: rowCount },
      });
    };
    const request = (id) => tracer.startActiveSpan('GET /orders/:id', async (span) => {
      span.setAttributes({ 'http.request.method': 'GET', 'http.route': '/orders/:id', 'url.path': '/orders/' + id });
      await query('SELECT * FROM orders WHERE id = $1', [id]);
      await query('SELECT name FROM customers JOIN orders ON customer_id = customers.id WHERE orders.id = $1', [id]);
      await query('UPDATE orders SET total = total + 1 WHERE id = $1', [id]);
      await query('SELECT sum(total) FROM orders WHERE customer_id = $1 GROUP BY customer_id', [id % 100]);
      span.end();
    });
    for (let id = 0; id < ${requests}; id += 8) {
      await Promise.all(Array.from({ length: 8 }, (_, index) => request((id + index) % 1000)));
    }
    const failing = Array.from({ length: 5 }, (_, index) =>
      new pg.Client({ port: 1, database: 'shop_' + index }).connect().catch(() => undefined));
    const slow = ['orders', 'customers', 'slow_0', 'slow_1'].map((table) =>
      pool.query('SELECT pg_sleep(5.2) FROM ' + table + ' LIMIT 1'));
    await Promise.all([...failing, ...slow]);
    await pool.end();
    say({ done: true });`;
}

function withItems(signal, itemsOf) {
  return ({ body }) => ({ body, items: itemsOf(decodeProtobuf(signal, body)) });
}

function spansOf({ resourceSpans = [] }) {
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
}

function recordsOf({ resourceLogs = [] }) {
  return resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords));
}
