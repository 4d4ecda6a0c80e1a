import * as serverless from '@neondatabase/serverless';
import { type NeonEndpoint, startNeonEndpoint } from '@pg-otel/testkit';
import pg from 'pg';
import Cursor from 'pg-cursor';
import { WebSocket } from 'ws';
import { instrument } from '../../src';
import { diagnosisOf, UPDATE } from './diagnosis-stage';
import { type Instrumented, startInstrumented } from './instrumented';

let shop: Instrumented;
let endpoint: NeonEndpoint;

beforeAll(async () => {
  shop = await startInstrumented({
    tls: true,
    hba: ['hostssl all secure all scram-sha-256', 'host all secure all reject'],
  });
  endpoint = await startNeonEndpoint(shop.server);
  const { host, port, database, user, password } = shop.server;
  const admin = new pg.Client({ host, port, database, user, password });
  await admin.connect();
  await admin.query("CREATE ROLE secure SUPERUSER LOGIN PASSWORD 'secret'");
  await admin.end();
  shop.configure({ slowAfter: [0.2] });
});
beforeEach(() => shop.recorder.clear());
afterAll(() => Promise.all([shop.stop(), endpoint.stop()]));

const FOUND = { 'pg_otel.diagnosis': 'found', 'pg_otel.diagnosis.certainty': 'proven' };

async function ofPool(config: pg.PoolConfig): Promise<object> {
  const pool = new pg.Pool(config);
  try {
    return await diagnosisOf(shop, () => pool.query(UPDATE));
  } finally {
    await pool.end();
  }
}

async function ofClient(config: pg.ClientConfig): Promise<object> {
  const client = new pg.Client(config);
  await client.connect();
  try {
    return await diagnosisOf(shop, () => client.query(UPDATE));
  } finally {
    await client.end();
  }
}

const settings = () => {
  const { host, port, database, user, password } = shop.server;
  return { host, port, database, user, password };
};

describe('the reason is found for a query', () => {
  it('of a pool with a connection string', async () => {
    expect(await ofPool({ connectionString: shop.server.url, application_name: 'shop' })).toMatchObject(
      FOUND,
    );
  });

  it('of a pool whose connection string takes precedence over its other settings', async () => {
    const { url, ca } = shop.server;
    const connectionString = `${url.replace('127.0.0.1', 'localhost')}?sslmode=disable`;
    const ignored = { ssl: { ca }, password: 'wrong', host: 'elsewhere.example', user: 'nobody' };
    expect(await ofPool({ ...ignored, connectionString } as pg.PoolConfig)).toMatchObject(FOUND);
  });

  it('of a pool whose password is a getter', async () => {
    const { password, ...others } = settings();
    const config = Object.defineProperty({ ...others, user: 'app' }, 'password', { get: () => password });
    const pool = new pg.Pool(config);
    expect(await diagnosisOf(shop, () => pool.query(UPDATE))).toMatchObject(FOUND);
    await pool.end();
  });

  it('of a pool whose password is a function, which is called for each connection', async () => {
    const password = jest.fn(async () => shop.server.password);
    // The role has no other connection for questions yet.
    expect(
      await ofPool({
        ...settings(),
        user: 'secure',
        password,
        ssl: { ca: shop.server.ca as string },
        host: 'localhost',
      }),
    ).toMatchObject(FOUND);
    expect(password).toHaveBeenCalledTimes(2);
  });

  it('of a client without a pool', async () => {
    expect(await ofClient({ connectionString: shop.server.url })).toMatchObject(FOUND);
  });

  it('of a client with a timeout and type parsers of the application', async () => {
    const types = { getTypeParser: () => () => 'parsed by the application' };
    const config = { ...settings(), types, statement_timeout: 60_000, query_timeout: 60_000, binary: true };
    expect(await ofPool(config as pg.PoolConfig)).toMatchObject(FOUND);
  });

  it('over a Unix socket', async () => {
    expect(await ofClient({ ...settings(), host: shop.server.socketFolder })).toMatchObject(FOUND);
  });

  it('of a subclass of pg’s client, whose constructor takes nothing', async () => {
    const config = settings();
    class ShopClient extends pg.Client {
      constructor() {
        super(config);
      }
    }
    const client = new ShopClient();
    await client.connect();
    expect(await diagnosisOf(shop, () => client.query(UPDATE))).toMatchObject(FOUND);
    await client.end();
  });

  it('of Neon’s driver over a WebSocket', async () => {
    const { neonConfig, Pool } = instrument(serverless);
    neonConfig.webSocketConstructor = WebSocket;
    neonConfig.wsProxy = () => endpoint.wsProxy;
    neonConfig.useSecureWebSocket = false;
    const pool = new Pool({ connectionString: endpoint.url });
    // The address of a proxy is not the server's own.
    const found = { ...FOUND, 'pg_otel.diagnosis.certainty': 'observed' };
    expect(await diagnosisOf(shop, () => pool.query(UPDATE))).toMatchObject(found);
    await pool.end();
  });

  it('of a cursor', async () => {
    const client = new pg.Client(settings());
    await client.connect();
    const read = () => client.query(new Cursor(`${UPDATE} RETURNING id`)).read(1);
    expect(await diagnosisOf(shop, read)).toMatchObject(FOUND);
    await client.end();
  });

  it('that is executed by a name', async () => {
    const client = new pg.Client(settings());
    await client.connect();
    const named = { name: 'update', text: UPDATE };
    expect(await diagnosisOf(shop, () => client.query(named))).toMatchObject(FOUND);
    expect(await diagnosisOf(shop, () => client.query(named))).toMatchObject(FOUND);
    await client.end();
  });
});

it('is not proven for a query over a proxy, which may lead to several servers', async () => {
  const net = await import('node:net');
  const { host, port } = shop.server;
  const proxy = net.createServer((socket) => {
    const onward = net.connect(port, host);
    for (const stream of [socket, onward]) stream.on('error', () => {});
    socket.pipe(onward).pipe(socket);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port: proxyPort } = proxy.address() as { port: number };
  expect(await ofPool({ ...settings(), port: proxyPort })).toMatchObject({
    'pg_otel.diagnosis': 'found',
    'pg_otel.diagnosis.certainty': 'observed',
    'pg_otel.diagnosis.reason': expect.stringContaining('held by holder'),
  });
  proxy.close();
});

it('does not imitate a connection over a stream of the application', async () => {
  const net = await import('node:net');
  const stream = net.connect(shop.server.port, shop.server.host);
  const client = new pg.Client({
    ...settings(),
    host: 'elsewhere.example',
    port: 1,
    stream: stream as never,
  });
  (stream as unknown as { connect(): void }).connect = () => setImmediate(() => stream.emit('connect'));
  await client.connect();
  expect(await diagnosisOf(shop, () => client.query(UPDATE))).toMatchObject({
    'pg_otel.diagnosis': 'unavailable',
    'pg_otel.diagnosis.reason': 'the connection uses a stream of the application',
  });
  await client.end();
});
