import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as net from 'node:net';
import * as serverless from '@neondatabase/serverless';
import { type NeonEndpoint, startNeonEndpoint } from '@pg-otel/testkit';
import { WebSocket } from 'ws';
import { instrument } from '../../src';
import { type Instrumented, startInstrumented } from './instrumented';

let shop: Instrumented;
let endpoint: NeonEndpoint;
/** A server of the application, for tokens for example. */
let elsewhere: { readonly url: string; readonly port: number; stop(): Promise<void> };
let { neon, neonConfig, Client, Pool } = serverless;

beforeAll(async () => {
  shop = await startInstrumented();
  ({ neon, neonConfig, Client, Pool } = instrument(serverless));
  endpoint = await startNeonEndpoint(shop.server);
  elsewhere = await startElsewhere();
});

beforeEach(() => {
  neonConfig.fetchEndpoint = endpoint.httpUrl;
  neonConfig.fetchFunction = undefined;
  neonConfig.webSocketConstructor = WebSocket;
  neonConfig.wsProxy = () => endpoint.wsProxy;
  neonConfig.useSecureWebSocket = false;
  shop.recorder.clear();
});

afterEach(() => expect(shop.recorder.openSpans()).toEqual([]));

afterAll(() => Promise.all([shop.stop(), endpoint.stop(), elsewhere.stop()]));

async function startElsewhere(): Promise<typeof elsewhere> {
  const server = createServer((_, response) => response.writeHead(201).end('token'));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    port,
    stop: () => new Promise((stopped) => server.close(() => stopped()).closeAllConnections()),
  };
}

const fetchToken = async (): Promise<string> => (await fetch(elsewhere.url)).text();

const only = () => {
  const queries = shop.queries();
  expect(queries).toHaveLength(1);
  return queries[0] as (typeof queries)[number];
};

describe('a request of the application during a query', () => {
  afterEach(() => {
    const peers = shop.recorder.spans().map(({ attributes }) => attributes['network.peer.port']);
    expect(peers).not.toContain(elsewhere.port);
  });

  it('is not the query’s: a token', async () => {
    const sql = neon(endpoint.url, { authToken: fetchToken });
    await expect(sql`SELECT * FROM missing`).rejects.toMatchObject({ code: '42P01' });
    expect(only().attributes).toMatchObject({ 'http.response.status_code': 400, 'error.type': '42P01' });
  });

  it('is not the query’s: a connection string', async () => {
    const connectionString = async () => {
      await fetchToken();
      return endpoint.url;
    };
    await neon({ connectionString })`SELECT 1`;
    expect(only().attributes).toMatchObject({ ...shop.target, 'http.response.status_code': 200 });
  });

  it('does not belong to the query when a custom fetch function sends it before', async () => {
    neonConfig.fetchFunction = async (...args: Parameters<typeof fetch>) => {
      await fetchToken();
      return fetch(...args);
    };
    await neon(endpoint.url)`SELECT 1`;
    expect(only().attributes).toMatchObject({
      'http.response.status_code': 200,
      'pg_otel.neon.request_id': expect.any(String),
    });
  });
});

it('calls a fetch function of the user with the `this` that the driver gives it', async () => {
  const seen: unknown[] = [];
  neonConfig.fetchFunction = function (this: unknown, ...args: Parameters<typeof fetch>) {
    seen.push(this);
    return fetch(...args);
  };
  await neon(endpoint.url)`SELECT 1`;
  expect(seen).toEqual([undefined]);
});

it('reports the response of a custom fetch function', async () => {
  neonConfig.fetchFunction = async (url: string, init: RequestInit) => {
    const first = await fetch(`${url}?fault=status:503`, init);
    return first.ok ? first : fetch(url, init);
  };
  await neon(endpoint.url)`SELECT 1`;
  expect(only().attributes).toMatchObject({ 'http.response.status_code': 200 });
});

describe('an instrumented function without its module', () => {
  const bare = (): typeof serverless => {
    let copy: typeof serverless | undefined;
    jest.isolateModules(() => {
      copy = jest.requireActual('@neondatabase/serverless');
    });
    const module = copy as typeof serverless;
    module.neonConfig.fetchEndpoint = endpoint.httpUrl;
    return module;
  };

  it('has its rows counted, regardless of the names of their columns', async () => {
    const sql = instrument(bare().neon(endpoint.url));
    expect(await sql`SELECT NULL AS fields`).toEqual([{ fields: null }]);
    expect(await sql`SELECT 'abc' AS fields, 'wxyz' AS rows`).toHaveLength(1);
    await sql.transaction([sql`SELECT 1 AS rows`, sql`SELECT n FROM generate_series(1, 2) n`]);
    await sql`CREATE TABLE IF NOT EXISTS uncounted ()`;
    const rows = shop.queries().map(({ attributes }) => attributes['db.response.returned_rows']);
    expect(rows).toEqual([1, 1, 3, undefined]);
  });

  it('has a target, where Node’s own fetch sends the request', async () => {
    await instrument(bare().neon(endpoint.url))`SELECT 1`;
    expect(only().attributes).toMatchObject({ ...shop.target, 'http.response.status_code': 200 });
  });

  it('is refused when it is one around Neon’s, and nothing is sent or patched', async () => {
    const { then } = Promise.prototype;
    const sql = bare().neon(endpoint.url);
    const around = Object.assign(async () => [], {
      query: async (text: string) => sql.query(text),
      unsafe: sql.unsafe,
      transaction: sql.transaction,
    });
    const before = await endpoint.stats();
    expect(() => instrument(around)).toThrow(
      /^instrument\(target\) takes the module of pg, Neon, postgres or PGlite/,
    );
    expect(Promise.prototype.then).toBe(then);
    expect(await endpoint.stats()).toEqual(before);
  });
});

describe('a transaction', () => {
  it('is one request, also when the application has replaced the function’s query', async () => {
    const sql = neon(endpoint.url);
    const { query } = sql;
    sql.query = (async (...args: Parameters<typeof query>) => query(...args)) as unknown as typeof query;
    const { requests } = await endpoint.stats();
    expect(await sql.transaction([sql`SELECT 1 AS one`, sql`SELECT 2 AS two`])).toEqual([
      [{ one: 1 }],
      [{ two: 2 }],
    ]);
    expect((await endpoint.stats()).requests).toBe(requests + 1);
    expect(only()).toMatchObject({ name: 'BATCH SELECT' });
  });

  it('shows unchanged settings to the function that makes its queries, and keeps its request', async () => {
    const seen: unknown[] = [];
    const sql = neon(endpoint.url);
    await sql.transaction((tx) => {
      seen.push(neonConfig.fetchFunction);
      return [tx`SELECT 1`, tx`SELECT 2`];
    });
    expect(seen).toEqual([undefined]);
    expect(only().attributes).toMatchObject({
      'pg_otel.neon.request_id': expect.any(String),
      'db.response.returned_rows': 2,
    });
  });
});

it('leaves nothing on a response that a fetch function returns repeatedly', async () => {
  const body = { fields: [], rows: [], command: 'SELECT', rowCount: 0 };
  const answer = { ok: true, status: 200, json: async () => ({ ...body }) };
  const { json } = answer;
  neonConfig.fetchFunction = async () => answer;
  const sql = neon(endpoint.url);
  // More layers than fit on the stack.
  for (let count = 0; count < 15_000; count += 1) await sql`SELECT 1`;
  expect(answer.json).toBe(json);
  // Connections that the endpoint has closed meanwhile are noticed by turns of the event loop only.
  for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
});

it('reports a bound value without calling its getters', async () => {
  shop.configure({ parameters: true });
  const hostile = {
    toPostgres: () => '1',
    get [Symbol.toStringTag](): string {
      throw new Error('mine');
    },
  };
  expect(await neon(endpoint.url)`SELECT ${hostile}::int AS n`).toEqual([{ n: 1 }]);
  shop.configure();
  expect(only().attributes).toMatchObject({ 'db.query.parameter.0': '{ toPostgres: [Function] }' });
});

it.each([
  ['0b5c5b2c-52f7-4f4e-9d5b-3b7c6cf9a9b1', true],
  ['user=alice@example.com', false],
  ['x'.repeat(10_000), false],
])('a request id of %s is reported: %s', async (id, isReported) => {
  neonConfig.fetchFunction = async (url: string, init: RequestInit) => {
    const answer = await fetch(url, init);
    const headers = new Headers(answer.headers);
    headers.set('neon-request-id', id);
    return new Response(answer.body, { status: answer.status, headers });
  };
  await neon(endpoint.url)`SELECT 1`;
  expect(only().attributes['pg_otel.neon.request_id']).toBe(isReported ? id : undefined);
});

it('reports no token, not even with messages', async () => {
  shop.configure({ exceptionMessages: true });
  const sql = neon(endpoint.url, { authToken: 'eyJhb\nGciOi' });
  await expect(sql`SELECT 1`).rejects.toThrow('eyJhb');
  shop.configure();
  expect(JSON.stringify([shop.recorder.spans(), shop.recorder.events()])).not.toMatch(/eyJhb|GciOi/);
});

it('ends the setup of a connection that could not even be tried', async () => {
  neonConfig.wsProxy = () => {
    throw new Error('no proxy for this host');
  };
  await expect(new Client(endpoint.url).connect()).rejects.toThrow('no proxy');
  expect(shop.recorder.spans()).toMatchObject([{ name: 'connect shop', status: { code: 2 } }]);
});

it('counts a connection as used from its delivery on, while the server is not ready', async () => {
  const relay = await startRelay(Number(new URL(endpoint.httpUrl).port));
  neonConfig.wsProxy = () => `127.0.0.1:${relay.port}/v2`;
  const pool = new Pool({ connectionString: endpoint.url, max: 2 });
  const client = await pool.connect();
  const counts = async () => ({
    used: (await shop.points('db.client.connection.count', { 'db.client.connection.state': 'used' })).at(-1)
      ?.value,
    utilization: (await shop.points('pg_otel.connection.utilization')).at(-1)?.value,
  });
  expect(await counts()).toEqual({ used: 1, utilization: 0.5 });
  relay.goOn();
  await client.query('SELECT 1');
  expect(await counts()).toEqual({ used: 1, utilization: 0.5 });
  client.release();
  await pool.end();
  await relay.stop();
});

it('counts a pool behind a new Proxy for each request as one pool', async () => {
  const pool = new Pool({ connectionString: endpoint.url, max: 5 });
  for (let request = 0; request < 5; request += 1) await new Proxy(pool, {}).query('SELECT 1');
  await pool.query('SELECT 1');
  const limits = (await shop.points('db.client.connection.limit')).filter(({ value }) => value !== 0);
  expect(limits.map(({ value }) => value)).toEqual([5]);
  const waited = shop.queries().filter(({ attributes }) => 'pg_otel.pool.wait_time' in attributes);
  expect(waited).toHaveLength(6);
  await pool.end();
});

/** A proxy of the endpoint that lets the WebSocket open, and delays the messages of Postgres until it is released. */
async function startRelay(port: number): Promise<{ port: number; goOn(): void; stop(): Promise<void> }> {
  let goOn = (): void => {};
  const going = new Promise<void>((go) => {
    goOn = go;
  });
  const sockets = new Set<net.Socket>();
  const server = net.createServer((near) => {
    const far = net.connect(port, '127.0.0.1');
    for (const socket of [near, far]) sockets.add(socket.on('error', () => {}));
    near.pipe(far);
    far.once('data', (upgraded) => {
      near.write(upgraded);
      far.pause();
      void going.then(() => far.pipe(near));
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    port: (server.address() as AddressInfo).port,
    goOn,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((stopped) => server.close(stopped));
    },
  };
}
