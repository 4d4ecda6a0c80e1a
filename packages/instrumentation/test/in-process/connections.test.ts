import { EventEmitter } from 'node:events';
import { createServer } from 'node:net';
import { freePort } from '@pg-otel/testkit';
import pg from 'pg';
import { type Instrumented, startInstrumented } from './instrumented';

let shop: Instrumented;

beforeAll(async () => {
  shop = await startInstrumented({ tls: true });
});

beforeEach(() => {
  shop.configure();
  shop.recorder.clear();
});

afterEach(() => {
  expect(shop.recorder.openSpans()).toEqual([]);
});

afterAll(() => shop.stop());

const PHASE = 'pg_otel.connection.phase';
const PHASE_DURATION = 'pg_otel.connection.phase.duration';

const only = () => {
  const spans = shop.recorder.spans().filter(({ name }) => name.startsWith('connect '));
  expect(spans).toHaveLength(1);
  return spans[0] as (typeof spans)[number];
};

const connectAndEnd = async (config: pg.ClientConfig) => {
  const client = new pg.Client({ connectionString: shop.server.url, ...config });
  await client.connect();
  await client.end();
};

/** Phases of the one connect span, each with a time that fits into the whole. */
const phases = () => {
  const span = only();
  const sum = span.events.reduce(
    (total, { attributes }) => total + (attributes[PHASE_DURATION] as number),
    0,
  );
  expect(sum).toBeLessThanOrEqual(span.seconds + 1e-6);
  return span.events.map(({ name }) => name);
};

describe('the setup of a connection', () => {
  it('to an IP address: tcp, startup, auth, ready', async () => {
    await connectAndEnd({});
    expect(phases()).toEqual(['tcp', 'startup', 'auth', 'ready']);
    expect(only()).toMatchObject({ name: 'connect shop', kind: 'CLIENT', status: { code: 0 } });
    expect(only().attributes).toEqual({
      ...shop.target,
      'network.transport': 'tcp',
      'network.peer.address': '127.0.0.1',
      'network.peer.port': shop.server.port,
    });
  });

  it('to a host name: dns first', async () => {
    await connectAndEnd({ connectionString: shop.server.url.replace('127.0.0.1', 'localhost') });
    expect(phases()).toEqual(['dns', 'tcp', 'startup', 'auth', 'ready']);
    expect(only().attributes).toMatchObject({
      'server.address': 'localhost',
      'network.peer.address': '127.0.0.1',
    });
  });

  it('over TLS: tls between tcp and startup', async () => {
    await connectAndEnd({ ssl: { ca: shop.server.ca } });
    expect(phases()).toEqual(['tcp', 'tls', 'startup', 'auth', 'ready']);
  });

  it('over TLS without the request for it (sslnegotiation=direct)', async () => {
    await connectAndEnd({ ssl: { ca: shop.server.ca }, sslnegotiation: 'direct' } as pg.ClientConfig);
    expect(phases()).toEqual(['tcp', 'tls', 'startup', 'auth', 'ready']);
  });

  it('through a unix socket: its path is the address, and there is no port', async () => {
    const { connectionString: _, ...config } = {
      connectionString: undefined,
      host: shop.server.socketFolder,
      port: shop.server.port,
      database: shop.server.database,
      user: shop.server.user,
      password: shop.server.password,
    };
    const client = new pg.Client(config);
    await client.connect();
    await client.end();
    expect(phases()).toEqual(['tcp', 'startup', 'auth', 'ready']);
    expect(only().attributes).toEqual({
      'db.system.name': 'postgresql',
      'db.namespace': 'shop',
      'server.address': shop.server.socketFolder,
      'network.transport': 'unix',
    });
  });

  it('by callback is the same', async () => {
    const client = new pg.Client({ connectionString: shop.server.url });
    await new Promise<void>((resolve, reject) => {
      client.connect((error?: Error) => (error ? reject(error) : resolve()));
    });
    await client.end();
    expect(phases()).toEqual(['tcp', 'startup', 'auth', 'ready']);
  });

  it('is a histogram of each phase and of the whole', async () => {
    await connectAndEnd({});
    const setup = await shop.points('pg_otel.connection.setup.duration', { 'network.transport': 'tcp' });
    expect(setup.map(({ attributes }) => attributes[PHASE])).toEqual(
      expect.arrayContaining(['tcp', 'startup', 'auth', 'ready']),
    );
    const [startup] = setup.filter(({ attributes }) => attributes[PHASE] === 'startup');
    expect(startup).toMatchObject({
      unit: 's',
      attributes: { ...shop.target, [PHASE]: 'startup', 'network.transport': 'tcp' },
      bounds: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10],
    });
    const [create] = await shop.points('db.client.connection.create_time', shop.target);
    expect(create?.attributes).toEqual(shop.target);
    expect(create?.count).toBe(startup?.count);
  });

  it('leaves no listener behind on connection and stream, but the one for settings that the server reports', async () => {
    const bare = new pg.Client({ connectionString: shop.server.url });
    const counts = (client: pg.Client) => {
      const { connection } = client as unknown as {
        connection: NodeJS.EventEmitter & { stream: NodeJS.EventEmitter };
      };
      const of = (emitter: NodeJS.EventEmitter) =>
        Object.fromEntries(emitter.eventNames().map((name) => [String(name), emitter.listenerCount(name)]));
      return { connection: of(connection), stream: of(connection.stream) };
    };
    shop.instrumentation.disable();
    await bare.connect();
    const expected = counts(bare);
    await bare.end();
    shop.instrumentation.enable();
    const client = new pg.Client({ connectionString: shop.server.url });
    await client.connect();
    expect(counts(client)).toEqual(expected);
    await client.end();
  });

  it('over a connection of the application, whose stream has no events, has no phases', async () => {
    const connection = Object.assign(new EventEmitter(), {
      stream: {},
      connect: () => queueMicrotask(() => connection.emit('readyForQuery', { status: 'I' })),
    });
    const client = new pg.Client({ connection } as pg.ClientConfig);
    await client.connect();
    expect(phases()).toEqual([]);
  });
});

describe('a connection that fails', () => {
  const fail = async (config: pg.ClientConfig, message: RegExp) => {
    const client = new pg.Client({ connectionString: shop.server.url, ...config });
    client.on('error', () => {});
    await expect(client.connect()).rejects.toThrow(message);
    await client.end().catch(() => {});
    return only();
  };
  const failedPoint = async (errorType: string) => {
    const points = await shop.points('pg_otel.connection.setup.duration', { 'error.type': errorType });
    return points.map(({ attributes }) => attributes[PHASE]);
  };

  it('in the tcp phase: refused', async () => {
    const port = await freePort();
    const span = await fail({ connectionString: `postgresql://app@127.0.0.1:${port}/shop` }, /ECONNREFUSED/);
    expect(span).toMatchObject({
      status: { code: 2, message: 'ECONNREFUSED' },
      attributes: { 'error.type': 'ECONNREFUSED', [PHASE]: 'tcp' },
    });
    expect(await failedPoint('ECONNREFUSED')).toEqual(['tcp']);
    const [create] = await shop.points('db.client.connection.create_time', { 'error.type': 'ECONNREFUSED' });
    expect(create?.count).toBe(1);
    expect(shop.recorder.events()).toEqual([
      expect.objectContaining({
        name: 'db.client.operation.exception',
        spanId: span.spanId,
        attributes: expect.objectContaining({
          'pg_otel.operation.kind': 'connect',
          'error.type': 'ECONNREFUSED',
        }),
      }),
    ]);
  });

  it('in the dns phase: not found', async () => {
    const span = await fail(
      { connectionString: 'postgresql://app@no-such-host.invalid/shop' },
      /ENOTFOUND|EAI_AGAIN/,
    );
    expect(span.attributes[PHASE]).toBe('dns');
    expect(span.attributes['error.type']).toMatch(/^(ENOTFOUND|EAI_AGAIN)$/);
  });

  it('in the auth phase: wrong password', async () => {
    const url = shop.server.url.replace(shop.server.password, 'wrong');
    const span = await fail({ connectionString: url }, /password authentication failed/);
    expect(span).toMatchObject({
      status: { message: '28P01 invalid_password' },
      attributes: { 'error.type': '28P01', 'db.response.status_code': '28P01', [PHASE]: 'auth' },
    });
  });

  it('in the tls phase: an untrusted certificate', async () => {
    const span = await fail({ ssl: { rejectUnauthorized: true } }, /self-signed|unable to verify/);
    expect(span.attributes).toMatchObject({ [PHASE]: 'tls' });
    expect(span.attributes['error.type']).toMatch(
      /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/,
    );
  });

  it('after auth: a database that does not exist', async () => {
    const span = await fail(
      { connectionString: shop.server.url.replace('/shop', '/missing') },
      /does not exist/,
    );
    expect(span.attributes).toMatchObject({ 'error.type': '3D000', 'db.namespace': 'missing' });
  });

  it('by timeout, in the phase where it hung', async () => {
    const silent = createServer((socket) => socket.on('error', () => {}).unref()).unref();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const span = await fail(
      { connectionString: `postgresql://app@127.0.0.1:${port}/shop`, connectionTimeoutMillis: 2000 },
      /timeout expired/,
    );
    expect(span.attributes).toMatchObject({ 'error.type': 'timeout', [PHASE]: 'startup' });
    silent.close();
  });

  it('twice is refused by pg, and no second connection is reported', async () => {
    const client = new pg.Client({ connectionString: shop.server.url });
    await client.connect();
    await expect(client.connect()).rejects.toThrow('already been connected');
    await client.end();
    expect(only().status).toEqual({ code: 0 });
  });

  it('reports no password anywhere', async () => {
    await fail(
      { connectionString: shop.server.url.replace(shop.server.password, 'hunter2') },
      /authentication/,
    );
    const reported = JSON.stringify([
      shop.recorder.spans(),
      shop.recorder.events(),
      await shop.recorder.points(),
    ]);
    expect(reported).not.toContain('hunter2');
    expect(reported).not.toContain(shop.server.password);
  });
});
