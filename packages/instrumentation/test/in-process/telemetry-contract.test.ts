import { channel } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as serverless from '@neondatabase/serverless';
import { freePort, type NeonEndpoint, startNeonEndpoint } from '@pg-otel/testkit';
import pg from 'pg';
import Cursor from 'pg-cursor';
import { WebSocket } from 'ws';
import { instrument } from '../../src';
import { CHANNELS } from '../../src/channels';
import { closeGate } from './gate';
import { type Instrumented, serverMessage, startInstrumented } from './instrumented';

/** docs/reference/telemetry.md is what users build on: what it lists is emitted, and nothing else is. */
const document = readFileSync(path.join(__dirname, '../../../../docs/reference/telemetry.md'), 'utf8');

/** Rows of the table below a heading, as cells; the first table of several when `nth` is not given. */
function table(heading: string, nth = 0): string[][] {
  const section = document.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const tables = section
    .trim()
    .split(/\n\n+/)
    .filter((block) => block.startsWith('| '));
  return (tables[nth] ?? '')
    .split('\n')
    .slice(2)
    .map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}
const names = (cell = '') =>
  [...cell.matchAll(/`([a-z_]+(?:\.[a-z_<>]+)+)`/g)].map(([, name]) => name as string);

/** An attribute as it is documented. */
const listed = (name: string) =>
  name
    .replace(/^(db\.query\.parameter)\.\d+$/, '$1.<index>')
    .replace(/^(pg_otel\.pool\.resize\.figure)\.\w+$/, '$1.<name>');

let shop: Instrumented;
let endpoint: NeonEndpoint;

beforeAll(async () => {
  shop = await startInstrumented();
  endpoint = await startNeonEndpoint(shop.server);
  await everything();
  await everythingOfNeon();
  everythingOfManagedPools();
});

afterAll(() => Promise.all([shop.stop(), endpoint.stop()]));

/** Makes each thing happen once: paths, failures, waits, a held connection. */
async function everything(): Promise<void> {
  shop.configure({
    parameters: true,
    exceptionMessages: true,
    slowAfter: [0.1],
    heldAfter: 0.1,
    repeatInterval: 0.5,
    returnedRowsMetric: 'always',
  });
  const { url } = shop.server;
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  const client = await pool.connect();
  pool.options.connectionTimeoutMillis = 20;
  await pool.query('SELECT 1').catch(() => {});
  await client.query('SELECT $1::int', [1]);
  await Promise.all([client.query('SELECT 1'), client.query('SELECT 2')]);
  await client.query('SELECT * FROM missing').catch(() => {});
  const cursor = client.query(new Cursor('SELECT 1'));
  await cursor.read(1);
  await cursor.close();
  let gate = await closeGate(shop.server);
  const rows = client.query(gate.statementOfTwoRows);
  await serverMessage(client, 'rowDescription');
  await emitted('pg_otel.operation.diagnosed', 'pg_otel.response.first_row_time');
  await gate.open();
  await rows;
  gate = await closeGate(shop.server);
  const queued = Promise.all([client.query('SELECT 1'), client.query(`${gate.statement} WHERE n = $1`, [1])]);
  await emitted('pg_otel.operation.slow', 'pg_otel.client.queue_time');
  await emitted('pg_otel.operation.diagnosed', 'pg_otel.client.queue_time');
  await gate.open();
  await queued;
  await waitForRow(client);
  await client.query("SET statement_timeout = '200ms'; SELECT pg_sleep(1)").catch(() => {});
  client.release(true);
  await pool.end();

  const piped = new pg.Client({ connectionString: url, pipeline: true } as pg.ClientConfig);
  await piped.connect();
  await piped.query('SELECT 1');
  await piped.end();

  const port = await freePort();
  const refused = () => new pg.Client({ connectionString: `postgresql://app@127.0.0.1:${port}/shop` });
  await Promise.allSettled(Array.from({ length: BURST }, () => refused().connect()));
  await queueOf(BURST);
  await emitted('db.client.operation.exception', 'pg_otel.operation.count');
  await emitted('pg_otel.operation.ended', 'pg_otel.operation.count');
}

/** Waits for a row that another session has locked, until the repeated event has the reason. */
async function waitForRow(client: pg.PoolClient): Promise<void> {
  const blocker = new pg.Client({ connectionString: shop.server.url });
  await blocker.connect();
  const comment = "/*traceparent='00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'*/";
  await blocker.query('CREATE TABLE IF NOT EXISTS accounts AS SELECT 1 AS id');
  await blocker.query('BEGIN');
  await blocker.query(`${comment} UPDATE accounts SET id = 2`);
  const update = client.query('UPDATE accounts SET id = 3');
  await emitted('pg_otel.operation.slow', 'pg_otel.diagnosis.blocker.trace_id');
  await blocker.query('COMMIT');
  await update;
  await blocker.end();
}

/** Far more than the 20 events of a name that are emitted one by one in a second. */
const BURST = 200;

/** Makes so many slow queries that end together: they wait behind one on their client. */
async function queueOf(length: number): Promise<void> {
  const gate = await closeGate(shop.server);
  const pool = new pg.Pool({ connectionString: shop.server.url, max: 1 });
  const client = await pool.connect();
  const queries = [gate.statement, ...Array(length).fill('SELECT 1')].map((text) => client.query(text));
  await gate.waiting();
  await sleep(500);
  await gate.open();
  await Promise.all(queries);
  client.release();
  await pool.end();
}

/** Resolves when there is an event of this name that has the attribute. */
async function emitted(name: string, attribute: string): Promise<void> {
  const isEmitted = () =>
    shop.recorder.events().some((event) => event.name === name && attribute in event.attributes);
  while (!isEmitted()) await sleep(20);
}

async function everythingOfNeon(): Promise<void> {
  const { neon, neonConfig, Client } = instrument(serverless);
  neonConfig.fetchEndpoint = endpoint.httpUrl;
  const sql = neon(endpoint.url);
  await sql`SELECT ${1}::int`;
  await sql.transaction([sql`SELECT 1`, sql`SELECT pg_sleep(0.2)`]);
  neonConfig.webSocketConstructor = WebSocket;
  neonConfig.wsProxy = () => endpoint.wsProxy;
  neonConfig.useSecureWebSocket = false;
  const client = new Client(endpoint.url);
  await client.connect();
  await client.query('SELECT 1');
  await client.end();
}

function everythingOfManagedPools(): void {
  const { host, port } = shop.server;
  const identity = { poolName: 'shop', serverAddress: host, serverPort: port, namespace: 'shop' };
  const publish = (name: string, message: object) => channel(name).publish({ ...identity, ...message });
  const errorType = 'ECONNREFUSED';
  publish(CHANNELS.poolHealthCheck, { durationSeconds: 1, errorType });
  const health = { since: 0, consecutiveFailures: 3, errorType };
  publish(CHANNELS.poolHealth, { ...health, state: 'degraded', previous: undefined });
  publish(CHANNELS.poolHealth, { ...health, state: 'down', previous: 'up' });
  publish(CHANNELS.poolHealth, { state: 'up', previous: 'down', since: 0, consecutiveFailures: 0 });
  publish(CHANNELS.poolRecovery, { durationSeconds: 1, connections: 2 });
  const resize = { reason: 'waits', explanation: 'requests waited', figures: { meanWaitSeconds: 0.5 } };
  publish(CHANNELS.poolResize, { ...resize, from: 10, to: 15, isApplied: true });
  publish(CHANNELS.poolResize, { ...resize, from: 15, to: 8, isApplied: false });
  publish(CHANNELS.retry, { attempt: 1, outcome: 'retried', errorType, delaySeconds: 0.1 });
}

it('lists every attribute of spans, with its type', () => {
  const documented = new Map(table('Spans', 1).map(([name, type]) => [names(name)[0], type]));
  const types = { string: 'string', number: /^(int|double, s)$/, boolean: 'boolean', object: 'string[]' };
  const emitted = new Set<string>();
  for (const { attributes } of shop.recorder.spans()) {
    for (const [name, value] of Object.entries(attributes)) {
      emitted.add(listed(name));
      expect(documented.get(listed(name))).toMatch(types[typeof value as keyof typeof types]);
    }
  }
  expect([...emitted].sort()).toEqual([...documented.keys()].sort());
});

it('lists every metric, with its unit and attributes', async () => {
  const common = ['db.system.name', 'db.namespace', 'server.address', 'server.port'];
  const documented = new Map(
    table('Metrics').map(([name, , unit, attributes]) => [
      names(name)[0] as string,
      { unit, attributes: names(attributes) },
    ]),
  );
  const emitted = new Set<string>();
  for (const { name, unit, attributes } of await shop.recorder.points()) {
    emitted.add(name);
    expect([name, unit]).toEqual([name, documented.get(name)?.unit]);
    const allowed = [...common, ...(documented.get(name)?.attributes ?? [])];
    expect(Object.keys(attributes).filter((attribute) => !allowed.includes(attribute))).toEqual([]);
  }
  expect([...emitted].sort()).toEqual([...documented.keys()].sort());
});

it('lists every log event, with its attributes', () => {
  const common = ['db.system.name', 'db.namespace', 'server.address', 'server.port'];
  const documented = new Map(
    table('Log events').map(([name, severity, , attributes]) => [
      names(name)[0] as string,
      { severities: severity?.match(/\d+/g)?.map(Number), attributes: names(attributes) },
    ]),
  );
  const emitted = new Map<string, Set<string>>();
  for (const { name, attributes, severity } of shop.recorder.events()) {
    expect(documented.get(name)?.severities).toContain(severity);
    const seen = emitted.get(name) ?? new Set();
    for (const attribute of Object.keys(attributes).map(listed)) {
      if (!common.includes(attribute)) seen.add(attribute);
    }
    emitted.set(name, seen);
  }
  expect([...emitted.keys()].sort()).toEqual([...documented.keys()].sort());
  for (const [name, attributes] of emitted) {
    expect([name, ...[...attributes].sort()]).toEqual([
      name,
      ...(documented.get(name)?.attributes ?? []).sort(),
    ]);
  }
});

it('lists the body of each log event', () => {
  const templates = table('Log events', 1).map(([event, body]) => ({
    event: names(event)[0],
    body: new RegExp(
      `^${(body ?? '')
        .slice(1, -1)
        .replace(/[()]/g, '\\$&')
        .replace(/<[^>]+>/g, '.+')}(, .+)?$`,
    ),
  }));
  for (const { name, body } of shop.recorder.events()) {
    const documented = templates.filter(({ event }) => event === name);
    expect([name, body, documented.some((template) => template.body.test(String(body)))]).toEqual([
      name,
      body,
      true,
    ]);
  }
  expect(new Set(templates.map(({ event }) => event)).size).toBe(table('Log events').length);
});

it('lists every pg_otel attribute of log events, with its type', () => {
  const documented = new Map(table('Log events', 2).map(([name, type]) => [names(name)[0], type]));
  const types = { string: 'string', number: /^(int|double|double, s)$/, boolean: 'boolean' };
  const emitted = new Set<string>();
  // Attributes that spans have as well are in their table.
  const ofEvents = /^(code|pg_otel\.(operation|connection|database|pool\.resize))\./;
  for (const { attributes } of shop.recorder.events()) {
    for (const [name, value] of Object.entries(attributes)) {
      if (!ofEvents.test(name)) continue;
      emitted.add(listed(name));
      expect(documented.get(listed(name))).toMatch(types[typeof value as keyof typeof types]);
    }
  }
  expect([...emitted].sort()).toEqual([...documented.keys()].sort());
});

it('lists every phase of a connection', () => {
  const { SETUP_PHASES } = jest.requireActual('../../src/operation');
  expect(table('Spans', 2).map(([name]) => name?.replaceAll('`', ''))).toEqual(SETUP_PHASES);
});
