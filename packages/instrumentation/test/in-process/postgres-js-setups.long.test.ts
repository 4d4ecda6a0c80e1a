import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import * as net from 'node:net';
import { createServer } from 'node:net';
import { freePort, pollUntil } from '@pg-otel/testkit';
import { type Instrumented, startInstrumented } from './instrumented';
import { below, childrenOf, endAll, loadPostgresJs, opener, TYPES } from './postgres-js';

let shop: Instrumented;
let open: ReturnType<typeof opener>;

beforeAll(async () => {
  shop = await startInstrumented({
    tls: true,
    hba: ['host all trusted 127.0.0.1/32 trust', 'host all md5 127.0.0.1/32 md5'],
  });
  open = opener(loadPostgresJs(), shop);
  const sql = open();
  await sql.unsafe('CREATE USER trusted SUPERUSER');
  await sql.end();
});
beforeEach(() => {
  // Several tests use pools of the same database at the same time.
  shop.configure({ poolNames: () => 'shop' });
  shop.recorder.clear();
});
afterEach(async () => {
  await endAll();
  expect(shop.recorder.openSpans()).toEqual([]);
});
afterAll(() => shop.stop());

type Options = Parameters<typeof open>[0];

const setups = () => shop.recorder.spans().filter(({ name }) => name.startsWith('connect '));
const only = () => {
  expect(setups()).toHaveLength(1);
  return setups()[0] as ReturnType<typeof setups>[number];
};
const phases = () => only().events.map(({ name }) => name);
const connect = (options?: Options) => open({ max: 1, ...options })`SELECT 1`.catch(() => {});
const port = () => shop.server.port;

/** In front of a server: like Postgres before 14, it does not report whether it is a standby. */
async function silentAboutState(target: number): Promise<net.Server> {
  const server = createServer((socket) => {
    const upstream = net.connect(target, '127.0.0.1');
    for (const each of [socket, upstream]) each.on('error', () => {});
    socket.pipe(upstream);
    upstream.on('data', (data) => {
      socket.write(
        Buffer.from(data.toString('latin1').replace('in_hot_standby', 'in_hot_standb_'), 'latin1'),
      );
    });
    upstream.on('end', () => socket.end());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

describe('the setup of a connection', () => {
  it('has a span below the request for the connection, and the query for types below it', async () => {
    const spans = await below(shop, () => connect());
    expect(spans.map(({ name }) => name)).toEqual(['acquire shop', 'SELECT']);
    expect(childrenOf(shop, spans[0] as (typeof spans)[0]).map(({ name }) => name)).toEqual(['connect shop']);
    expect(childrenOf(shop, only()).map(({ name }) => name)).toEqual([TYPES]);
    expect(only().attributes).toEqual({
      ...shop.target,
      'db.client.connection.pool.name': 'shop',
      'network.transport': 'tcp',
      'network.peer.address': '127.0.0.1',
      'network.peer.port': port(),
    });
  });

  it.each<[string, () => Options, string[]]>([
    ['to an IP address', () => ({}), ['tcp', 'startup', 'auth', 'ready']],
    [
      'to a host name',
      () => ({ host: 'localhost', port: port() }),
      ['dns', 'tcp', 'startup', 'auth', 'ready'],
    ],
    ['without a password', () => ({ user: 'trusted' }), ['tcp', 'startup', 'ready']],
    ['without types', () => ({ fetch_types: false }), ['tcp', 'startup', 'auth', 'ready']],
    [
      'over TLS',
      () => ({ ssl: { ca: shop.server.ca } as never }),
      ['tcp', 'tls', 'startup', 'auth', 'ready'],
    ],
    [
      'with a password from a function',
      () => ({ pass: async () => shop.server.password }) as Options,
      ['tcp', 'startup', 'auth', 'ready'],
    ],
    [
      'over a Unix socket',
      () => ({ path: `${shop.server.socketFolder}/.s.PGSQL.${port()}` }),
      ['tcp', 'startup', 'auth', 'ready'],
    ],
    [
      'over a socket of the application',
      () =>
        ({
          socket: () =>
            new Promise((resolve) => {
              const socket = net.connect(port(), '127.0.0.1', () => resolve(socket));
            }),
        }) as Options,
      ['tcp', 'startup', 'auth', 'ready'],
    ],
  ])('%s has its phases', async (_, options, expected) => {
    await connect(options());
    expect(phases()).toEqual(expected);
    expect(only().status.code).toBe(0);
  });

  it('again after it was closed has its phases', async () => {
    const sql = open({ max: 1, idle_timeout: 0.02 });
    for (let turn = 0; turn < 3; turn += 1) {
      await sql`SELECT 1`;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await sql`SELECT 1`;
    expect(setups().length).toBeGreaterThan(1);
    for (const { events } of setups()) {
      expect(events.map(({ name }) => name)).toEqual(['tcp', 'startup', 'auth', 'ready']);
    }
  });

  it.each<[string, () => Options | Promise<Options>, string, string]>([
    ['is refused', async () => ({ port: await freePort() }), 'ECONNREFUSED', 'tcp'],
    ['has an unknown host', () => ({ host: 'missing.invalid' }), 'ENOTFOUND', 'dns'],
    ['has a wrong password', () => ({ pass: 'wrong' }) as Options, '28P01', 'auth'],
    ['has an unknown database', () => ({ database: 'missing' }), '3D000', 'auth'],
    ['does not trust the certificate', () => ({ ssl: 'verify-full' }), 'DEPTH_ZERO_SELF_SIGNED_CERT', 'tls'],
  ])('that %s has the error and the phase', async (_, options, error, phase) => {
    await connect(await options());
    expect(only()).toMatchObject({
      status: { code: 2 },
      attributes: { 'error.type': error, 'pg_otel.connection.phase': phase },
    });
  });

  it('of a server that does not answer ends by the time limit', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await new Promise((listening) => silent.once('listening', listening));
    await connect({ port: (silent.address() as AddressInfo).port, connect_timeout: 0.1 });
    expect(only().attributes).toMatchObject({
      'error.type': 'CONNECT_TIMEOUT',
      'pg_otel.connection.phase': 'startup',
    });
    silent.close();
  });

  it('with several hosts has a span for each host that is tried', async () => {
    const closed = await freePort();
    const [query] = await below(shop, () =>
      connect({ host: ['127.0.0.1', '127.0.0.1'], port: [closed, port()] } as never),
    ).then((spans) => spans.filter(({ name }) => name === 'SELECT'));
    expect(setups().map(({ attributes }) => [attributes['server.port'], attributes['error.type']])).toEqual([
      [closed, 'ECONNREFUSED'],
      [port(), undefined],
    ]);
    expect(query?.attributes).toMatchObject({ 'server.port': port() });
  });

  it('has not failed if its query gets the error that has ended the previous connection', async () => {
    const sql = open({ max: 1, backoff: () => 0.001 });
    await sql`SELECT pg_terminate_backend(pg_backend_pid())`.catch(() => {});
    expect(await sql`SELECT 1`.catch(({ code }) => code)).toBe('57P01');
    expect(await sql`SELECT 2 AS n`.then(([, row]) => row)).toEqual({ n: 2 });
    expect(setups().map(({ status }) => status.code)).toEqual([0, 0]);
  });

  it('on a server that the driver then finds unsuitable has not failed', async () => {
    const [twice, both] = [{ host: ['127.0.0.1', '127.0.0.1'] }, { port: [port(), port()] }];
    const sql = open({ ...twice, ...both, max: 1, target_session_attrs: 'read-only' } as never);
    const query = sql`SELECT 1`.execute();
    await pollUntil(async () => setups().length > 1);
    const other = open({ max: 1 });
    await other`ALTER DATABASE shop SET default_transaction_read_only = on`;
    await query;
    expect(setups().filter(({ status }) => status.code === 2)).toEqual([]);
    await other`SET default_transaction_read_only = off`;
    await other`ALTER DATABASE shop RESET default_transaction_read_only`;
  });

  it('on a server that does not report its state, and that the driver then finds unsuitable, has not failed', async () => {
    const servers = await Promise.all([silentAboutState(port()), silentAboutState(port())]);
    const ports = servers.map((server) => (server.address() as AddressInfo).port);
    const host = ['127.0.0.1', '127.0.0.1'];
    const sql = open({ host, port: ports, max: 1, target_session_attrs: 'read-only' } as never);
    const query = sql`SELECT 1`.execute();
    // The driver asks each server, in turn.
    await pollUntil(async () => setups().length > 2);
    const other = open({ max: 1 });
    await other`ALTER DATABASE shop SET default_transaction_read_only = on`;
    await query;
    await other`SET default_transaction_read_only = off`;
    await other`ALTER DATABASE shop RESET default_transaction_read_only`;
    const dialled = setups().filter(({ attributes }) => attributes['server.port'] !== port());
    expect(dialled.filter(({ status }) => status.code === 2)).toEqual([]);
    expect(dialled.map(({ attributes }) => attributes['server.port'])).toEqual(
      dialled.map((_, turn) => ports[turn % 2]),
    );
    const ended = shop.recorder.spans().find(({ attributes }) => attributes['db.query.text'] === 'SELECT ?');
    expect(ended?.attributes['server.port']).toBe(ports[(dialled.length - 1) % 2]);
    await sql.end();
    for (const server of servers) server.close();
  });

  it('of a reserved connection has a span', async () => {
    const sql = open({ max: 1 });
    const reserved = await sql.reserve();
    expect(only().status.code).toBe(0);
    reserved.release();
  });
});
