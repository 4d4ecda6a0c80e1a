import { once } from 'node:events';
import * as net from 'node:net';
import * as neon from '@neondatabase/serverless';
import { type PostgresServer, startPostgres } from '@pg-otel/testkit';
import { Client } from 'pg';
import { createWebSocketStream, WebSocket } from 'ws';
import { type NeonLocal, startNeonLocal } from '.';

let postgres: PostgresServer;
let endpoint: NeonLocal;
let admin: Client;

beforeAll(async () => {
  postgres = await startPostgres({
    hba: [
      'host all clear 127.0.0.1/32 password',
      'host all hashed 127.0.0.1/32 md5',
      'host all trusted 127.0.0.1/32 trust',
      'host all banned 127.0.0.1/32 reject',
    ],
  });
  endpoint = await startNeonLocal({ postgres: postgres.url });
  admin = new Client(postgres.url);
  await admin.connect();
  await admin.query(`create role clear login password 'pass'; create role trusted login;
    set password_encryption = md5; create role hashed login password 'pass'`);
});
beforeEach(() => {
  neon.neonConfig.webSocketConstructor = WebSocket;
  neon.neonConfig.useSecureWebSocket = false;
  neon.neonConfig.pipelineConnect = 'password';
  connectTo(endpoint);
});
afterAll(async () => {
  await admin.end();
  await endpoint.stop();
  await postgres.stop();
});

function connectTo({ wsProxy }: NeonLocal): void {
  neon.neonConfig.wsProxy = wsProxy;
}

function urlOf(user: string, password: string, database = 'app'): string {
  return `postgres://${user}:${password}@localhost/${database}`;
}

/** Resolves when only this test is connected to Postgres, and no WebSocket is open. */
async function nobodyLeft(): Promise<void> {
  const others = `select from pg_stat_activity where client_port is not null and pid <> pg_backend_pid()`;
  while ((await admin.query(others)).rowCount !== 0 || endpoint.stats().openConnections > 0);
}

/** Opens a session without the driver. */
async function openStream(path = '/v2', front = endpoint) {
  const { host } = new URL(`http://${front.wsProxy}`);
  const webSocket = new WebSocket(`ws://${host}${path}`);
  await once(webSocket, 'open');
  const stream = createWebSocketStream(webSocket);
  stream.on('error', () => {});
  return { webSocket, stream };
}

function startup(parameters: Record<string, string>, code = 3 << 16): Buffer {
  const pairs = Object.entries(parameters).flat();
  const body = Buffer.from(pairs.length === 0 ? '' : `${pairs.join('\0')}\0\0`);
  const header = Buffer.alloc(8);
  header.writeInt32BE(8 + body.length, 0);
  header.writeInt32BE(code, 4);
  return Buffer.concat([header, body]);
}

describe.each(['password', false] as const)('a driver with pipelineConnect: %j', (pipelineConnect) => {
  beforeEach(() => {
    neon.neonConfig.pipelineConnect = pipelineConnect;
  });

  async function ask(url: string, text: string, values: unknown[] = []): Promise<unknown> {
    const client = new neon.Client(url);
    client.on('error', () => {});
    await client.connect();
    const { rows } = await client.query({ text, values, rowMode: 'array' });
    // Only if it is connected: otherwise the driver's `end` never resolves.
    await client.end();
    return rows[0];
  }

  it.each([
    ['scram-sha-256', 'app', 'secret'],
    ['a password in clear text', 'clear', 'pass'],
    ['md5', 'hashed', 'pass'],
    ['no password at all', 'trusted', 'any'],
  ])('logs in where the server wants %s', async (_method, user, password) => {
    expect(await ask(urlOf(user, password), 'select current_user, $1::text', ['x'])).toEqual([user, 'x']);
  });

  it.each([
    ['28P01', 'a wrong password', urlOf('app', 'wrong')],
    ['28P01', 'a role that does not exist', urlOf('nobody', 'x')],
    ['3D000', 'a database that does not exist', urlOf('app', 'secret', 'nowhere')],
    ['28000', 'a role that is not let in', urlOf('banned', 'x')],
  ])('gets %s for %s', async (code, _what, url) => {
    await expect(ask(url, 'select 1')).rejects.toMatchObject({ code, severity: 'FATAL' });
    await nobodyLeft();
  });

  it('gets 53300 when the server is full', async () => {
    const full = await startPostgres({ maxConnections: 3, settings: { superuser_reserved_connections: 0 } });
    const front = await startNeonLocal({ postgres: full.url });
    const taken = Array.from({ length: 3 }, () => new Client(full.url));
    await Promise.all(taken.map((client) => client.connect()));
    connectTo(front);
    await expect(ask(full.url, 'select 1')).rejects.toMatchObject({ code: '53300' });
    await Promise.all(taken.map((client) => client.end()));
    await front.stop();
    await full.stop();
  });

  it('gets an error when Postgres is not there', async () => {
    const lost = await startNeonLocal({ postgres: 'postgres://127.0.0.1:1' });
    connectTo(lost);
    await expect(ask(postgres.url, 'select 1')).rejects.toMatchObject({
      code: 'XX000',
      message: `Couldn't connect to compute node: connect ECONNREFUSED 127.0.0.1:1`,
    });
    await lost.stop();
  });

  it('has its application name and options handed on, other parameters not', async () => {
    const options = encodeURIComponent('endpoint=ep-a-b-c -c work_mem=5MB');
    const url = `${postgres.url}?application_name=till&statement_timeout=12345&options=${options}`;
    const settings = `select current_setting('application_name'), current_setting('work_mem'), current_setting('statement_timeout')`;
    expect(await ask(url, settings)).toEqual(['till', '5MB', '0']);
  });

  it('has all its parameters handed on where it asks for that', async () => {
    const options = encodeURIComponent('neon_proxy_params_compat:true');
    const url = `${postgres.url}?statement_timeout=12345&options=${options}`;
    expect(await ask(url, `select current_setting('statement_timeout')`)).toEqual(['12345ms']);
  });

  it('speaks in callbacks, too', async () => {
    const pool = new neon.Pool({ connectionString: postgres.url });
    const rows = await new Promise((resolve, reject) => {
      pool.connect((error, client, release) => {
        if (error) return reject(error);
        client?.query('select 1 as a', (failure, result) => {
          release();
          if (failure) reject(failure);
          else resolve(result.rows);
        });
      });
    });
    expect(rows).toEqual([{ a: 1 }]);
    await pool.end();
    await nobodyLeft();
  });

  it('sends and receives much more than fits into one message', async () => {
    const long = 'ü'.repeat(3_000_000);
    expect(await ask(postgres.url, `select length($1), $1 || 'x'`, [long])).toEqual([3_000_000, `${long}x`]);
    const rows = `select count(*)::int, sum(length(t))::int from (select repeat('x', 1000) as t from generate_series(1, 20000)) r`;
    expect(await ask(postgres.url, rows)).toEqual([20_000, 20_000_000]);
  });

  it('has a pool that runs transactions and receives errors', async () => {
    const pool = new neon.Pool({ connectionString: postgres.url, max: 3 });
    const client = await pool.connect();
    await client.query('begin');
    await expect(client.query('select 1/0')).rejects.toMatchObject({ code: '22012' });
    await client.query('rollback');
    client.release();
    const answers = await Promise.all(
      Array.from({ length: 9 }, (_, index) => pool.query('select $1::int as n', [index])),
    );
    expect(answers.map(({ rows }) => rows[0].n)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    await pool.end();
    await nobodyLeft();
  });
});

describe('the path', () => {
  it.each(['/v1', '/v2', '/v2?address=ep-a-b-c.eu.aws.neon.tech:5432'])('may be %s', async (path) => {
    neon.neonConfig.wsProxy = () => `${new URL(`http://${endpoint.wsProxy}`).host}${path}`;
    const client = new neon.Client(postgres.url);
    await client.connect();
    expect((await client.query('select 1 as a')).rows).toEqual([{ a: 1 }]);
    await client.end();
  });
});

describe('a session ends', () => {
  it('with the WebSocket, however that ends, even while a statement runs', async () => {
    for (const leave of ['close', 'terminate'] as const) {
      const { webSocket, stream } = await openStream();
      stream.write(startup({ user: 'trusted', database: 'app' }));
      stream.write(Buffer.from('p\0\0\0\x05\0'));
      const statement = Buffer.from('Qxxxxselect pg_sleep(1)\0');
      statement.writeInt32BE(statement.length - 1, 1);
      stream.write(statement);
      const sleeping = `select from pg_stat_activity where query = 'select pg_sleep(1)' and state = 'active'`;
      while ((await admin.query(sleeping)).rowCount === 0);
      webSocket[leave]();
      await nobodyLeft();
    }
  });

  it('while it logs in', async () => {
    // This server accepts connections and sends nothing.
    const mute = net.createServer().listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const { port } = mute.address() as net.AddressInfo;
    const front = await startNeonLocal({ postgres: `postgres://127.0.0.1:${port}` });
    connectTo(front);
    neon.neonConfig.pipelineConnect = false;
    const client = new neon.Client(postgres.url);
    client.on('error', () => {});
    const connecting = client.connect();
    connecting.catch(() => {});
    const [upstream] = (await once(mute, 'connection')) as [net.Socket];
    upstream.on('error', () => {}).resume();
    (client as unknown as { connection: { stream: { ws: WebSocket } } }).connection.stream.ws.terminate();
    await once(upstream, 'close');
    await front.stop();
    mute.close();
  });

  it('with the connection to Postgres', async () => {
    const client = new neon.Client(postgres.url);
    const failure = once(client as unknown as NodeJS.EventEmitter, 'error');
    client.on('error', () => {});
    await client.connect();
    const { rows } = await client.query('select pg_backend_pid() as pid');
    await admin.query('select pg_terminate_backend($1)', [rows[0].pid]);
    expect(await failure).toMatchObject([{ code: '57P01' }]);
    await nobodyLeft();
  });

  it('with the endpoint', async () => {
    const front = await startNeonLocal({ postgres: postgres.url });
    connectTo(front);
    const client = new neon.Client(postgres.url);
    const failure = once(client as unknown as NodeJS.EventEmitter, 'error');
    client.on('error', () => {});
    await client.connect();
    await client.query('select 1');
    await front.stop();
    await failure;
    await nobodyLeft();
  });
});

describe('a client of the protocol', () => {
  it('is refused encryption, may send its bytes one by one, and all that it sends early is kept', async () => {
    const { stream } = await openStream();
    const query = Buffer.from('Q\0\0\0\x0dselect 7\0X\0\0\0\x04');
    const bytes = Buffer.concat([
      startup({}, 80877103),
      startup({}, 80877104),
      startup({ user: 'trusted', database: 'app' }),
      Buffer.from('p\0\0\0\x05\0'),
      query,
    ]);
    for (const byte of bytes) stream.write(Buffer.from([byte]));
    const received = Buffer.concat(await stream.toArray());
    expect(received.toString('latin1')).toMatch(
      // biome-ignore lint/suspicious/noControlCharactersInRegex: a protocol of bytes
      /^NNR\0\0\0\x08\0\0\0\x03R\0\0\0\x08\0\0\0\0S.*K\0\0\0\x0c.{8}Z\0\0\0\x05IT.*D\0\0\0\x0b\0\x01\0\0\0\x017C\0\0\0\x0dSELECT 1\0Z\0\0\0\x05I$/s,
    );
    await nobodyLeft();
  });

  it('cancels a statement by the keys that Postgres gave it', async () => {
    const client = new neon.Client(postgres.url);
    await client.connect();
    await client.query('select 1');
    const statement = client.query('select pg_sleep(600)');
    const failure = expect(statement).rejects.toMatchObject({ code: '57014' });
    const sleeping = `select from pg_stat_activity where query = 'select pg_sleep(600)' and state = 'active'`;
    while ((await admin.query(sleeping)).rowCount === 0);
    const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
    const { stream } = await openStream();
    const packet = Buffer.alloc(16);
    [16, 80877102, processID, secretKey].forEach((value, index) => {
      packet.writeInt32BE(value, index * 4);
    });
    stream.write(packet);
    await failure;
    expect(await stream.toArray()).toEqual([]);
    await client.end();
  });

  it.each([
    ['another protocol', Buffer.from('GET / HTTP/1.1\r\n'), 'invalid length of startup packet'],
    ['another version', startup({ user: 'a' }, 2 << 16), 'unsupported frontend protocol 2.0'],
    [
      'no password',
      Buffer.concat([startup({ user: 'a' }), Buffer.from('Q\0\0\0\x05\0')]),
      'expected a password message',
    ],
  ])('with %s gets an error', async (_what, bytes, message) => {
    const { stream } = await openStream();
    stream.write(bytes);
    const received = Buffer.concat(await stream.toArray()).toString('latin1');
    expect(received).toContain(`SFATAL\0VFATAL\0C08P01\0M${message}\0\0`);
    await nobodyLeft();
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['half a startup message', startup({ user: 'trusted' }).subarray(0, 12)],
    ['no password', startup({ user: 'trusted', database: 'app' })],
  ])('that sends %s for too long gets an error', async (_what, bytes) => {
    const front = await startNeonLocal({ postgres: postgres.url, loginTimeoutMillis: 100 });
    const { stream } = await openStream('/v2', front);
    stream.write(bytes);
    const received = Buffer.concat(await stream.toArray()).toString('latin1');
    expect(received).toContain('SFATAL\0VFATAL\0C57014\0Mcanceling authentication due to timeout\0\0');
    await front.stop();
  });

  it('must have the password that the endpoint expects, also of a role that Postgres trusts', async () => {
    const front = await startNeonLocal({ postgres: postgres.url, rolePasswords: { trusted: 'mine' } });
    const login = async (password: string) => {
      const { stream } = await openStream('/v2', front);
      stream.write(startup({ user: 'trusted', database: 'app' }));
      const header = Buffer.from('p\0\0\0\0');
      header.writeInt32BE(5 + password.length, 1);
      stream.write(Buffer.concat([header, Buffer.from(`${password}\0X\0\0\0\x04`)]));
      return Buffer.concat(await stream.toArray()).toString('latin1');
    };
    expect(await login('other')).toContain('C28P01\0Mpassword authentication failed for user "trusted"\0\0');
    expect(await login('mine')).toContain('Z\0\0\0\x05I');
    await front.stop();
  });

  it('that logs in is let in, while a hundred others do not log in', async () => {
    const waiting = [];
    for (let client = 0; client < 100; client++) waiting.push(await openStream());
    const [oldest, ...others] = waiting;
    const gone = once(oldest?.webSocket as WebSocket, 'close');
    const client = new neon.Client(urlOf('app', 'secret'));
    await client.connect();
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await client.end();
    await gone;
    // It has logged in and closed, so it does not count towards the limit.
    const next = await openStream();
    expect(others.every(({ webSocket }) => webSocket.readyState === WebSocket.OPEN)).toBe(true);
    for (const { webSocket } of [...others, next]) webSocket.terminate();
    await nobodyLeft();
  });

  it('sends messages of up to 32 MiB', async () => {
    const { webSocket } = await openStream();
    const closed = once(webSocket, 'close');
    webSocket.send(Buffer.alloc(32 * 1024 * 1024 + 1));
    expect(await closed).toMatchObject([1009, expect.anything()]);
    await nobodyLeft();
  });

  it('that sends text is left', async () => {
    const { webSocket } = await openStream();
    const closed = once(webSocket, 'close');
    webSocket.send('hello');
    expect((await closed)[0]).toBe(1003);
    await nobodyLeft();
  });
});

it('the endpoint offers no compression', async () => {
  const { webSocket } = await openStream();
  expect(webSocket.extensions).toBe('');
  webSocket.close();
});

describe('with TLS to Postgres', () => {
  let secured: PostgresServer;

  beforeAll(async () => {
    secured = await startPostgres({ tls: true });
  });
  afterAll(() => secured.stop());

  it.each([
    ['sslmode=require', () => `${secured.url}?sslmode=require`],
    ['an authority', () => ({ host: 'localhost', port: secured.port, ssl: { ca: secured.ca as string } })],
  ])('by %s, both doors are encrypted', async (_what, address) => {
    const front = await startNeonLocal({ postgres: address() });
    connectTo(front);
    neon.neonConfig.fetchEndpoint = front.httpUrl;
    const question = 'select ssl from pg_stat_ssl where pid = pg_backend_pid()';
    expect(await neon.neon(secured.url).query(question)).toEqual([{ ssl: true }]);
    const pool = new neon.Pool({ connectionString: secured.url });
    expect((await pool.query(question)).rows).toEqual([{ ssl: true }]);
    await pool.end();
    await front.stop();
  });

  it('a certificate that nobody vouches for is not taken by verify-full', async () => {
    const front = await startNeonLocal({ postgres: `${secured.url}?sslmode=verify-full` });
    connectTo(front);
    neon.neonConfig.fetchEndpoint = front.httpUrl;
    const refusal = { message: expect.stringContaining(`Couldn't connect to compute node`) };
    await expect(neon.neon(secured.url)`select 1`).rejects.toMatchObject(refusal);
    const pool = new neon.Pool({ connectionString: secured.url });
    pool.on('error', () => {});
    await expect(pool.query('select 1')).rejects.toMatchObject(refusal);
    await pool.end();
    await front.stop();
  });
});
