import { once } from 'node:events';
import * as net from 'node:net';
import { buffer } from 'node:stream/consumers';
import { fuzz, type NeonEndpoint, type NeonStage, pollUntil, startNeonStage } from '@pg-otel/testkit';
import fc from 'fast-check';

// The endpoint runs in a separate process: an unhandled error ends it, and the next request fails.
let stage: NeonStage;
let endpoint: NeonEndpoint;

beforeAll(async () => {
  stage = await startNeonStage();
  ({ endpoint } = stage);
});
afterAll(() => stage.stop());

function connect(): net.Socket {
  const { hostname, port } = new URL(endpoint.httpUrl);
  const socket = net.connect(Number(port), hostname);
  // A reset is an accepted reaction.
  socket.on('error', () => {});
  return socket;
}

/** Sends bytes, ends the connection, and resolves with the answer once the endpoint has ended it, too. */
async function exchange(parts: readonly Uint8Array[]): Promise<Buffer> {
  const socket = connect();
  const answer = buffer(socket).catch(() => Buffer.alloc(0));
  for (const part of parts) socket.write(part);
  socket.end();
  return answer;
}

async function isAlive(): Promise<boolean> {
  await endpoint.clearFaults();
  return (await fetch(endpoint.httpUrl, { method: 'POST' })).status === 400;
}

const headerName = fc.constantFrom(
  ...['host', 'origin', 'content-length', 'transfer-encoding', 'expect', 'upgrade', 'connection'],
  ...['neon-connection-string', 'neon-raw-text-output', 'neon-array-mode', 'neon-batch-isolation-level'],
  ...[
    'authorization',
    'content-type',
    'sec-websocket-key',
    'sec-websocket-version',
    'sec-websocket-protocol',
  ],
);
const headerValue = fc.oneof(
  fc.constantFrom(
    '127.0.0.1',
    'true',
    'chunked',
    '5',
    '-1',
    '100-continue',
    'websocket',
    'Upgrade',
    'Bearer a',
  ),
  fc.constantFrom('postgres://app:secret@localhost/app', 'postgres://%ff@h', 'postgres://a%00b:c@h/d%00'),
  fc.string({ unit: 'binary-ascii', maxLength: 40 }),
  fc.string({ unit: 'binary-ascii', minLength: 20_000, maxLength: 20_000 }),
);
const path = fc.oneof(
  fc.constantFrom('/sql', '/v2', '/neon-local/faults', '/neon-local/stats', 'http://evil/sql', '*', '//'),
  fc.constantFrom('/sql?fault=delay:1', '/v2?fault=__proto__', '/sql?fault=status:999', '/sql?fault=%'),
  fc.string({ maxLength: 20 }),
);
const httpBytes = fc
  .record({
    method: fc.constantFrom('GET', 'POST', 'OPTIONS', 'DELETE', 'CONNECT', 'PRI'),
    path,
    headers: fc.array(fc.tuple(headerName, headerValue), { maxLength: 6 }),
    body: fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.constantFrom('5\r\nhello\r\n0\r\n\r\n', 'ffffffffffffffff\r\n'),
    ),
  })
  .map(({ method, path: target, headers, body }) => {
    const lines = [['host', '127.0.0.1'], ...headers].map(([name, value]) => `${name}: ${value}\r\n`);
    return Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n${body}`, 'latin1');
  });

it('no HTTP request ends the endpoint', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(httpBytes, fc.uint8Array({ maxLength: 200 })), async (bytes) => {
      await exchange([bytes]);
      expect(await isAlive()).toBe(true);
    }),
    fuzz(200),
  );
});

const anyStatement = fc.record(
  {
    query: fc.oneof(
      fc.constantFrom('select 1', 'select $1::text', ''),
      fc.string({ unit: 'binary' }),
      fc.jsonValue(),
    ),
    params: fc.oneof(fc.array(fc.jsonValue(), { maxLength: 3 }), fc.jsonValue()),
    arrayMode: fc.jsonValue(),
  },
  { requiredKeys: [] },
);
const anyQuestion = fc.oneof(
  anyStatement,
  fc.record({ queries: fc.oneof(fc.array(anyStatement, { maxLength: 3 }), fc.jsonValue()) }),
  fc.jsonValue(),
);
const anyDatabase = fc.oneof(
  { weight: 3, arbitrary: fc.constant('app') },
  {
    weight: 1,
    arbitrary: fc.string({ unit: 'binary', maxLength: 70 }),
  },
);

it('each question to /sql is answered as Neon answers', async () => {
  await fc.assert(
    fc.asyncProperty(anyQuestion, anyDatabase, async (question, database) => {
      const url = new URL(endpoint.url);
      url.pathname = `/${encodeURIComponent(database)}`;
      const response = await fetch(endpoint.httpUrl, {
        method: 'POST',
        headers: { 'neon-connection-string': url.href },
        body: JSON.stringify(question),
      });
      const answer = (await response.json()) as object;
      // An internal error would have `msg` only.
      if (response.status !== 200)
        expect(answer).toMatchObject({ message: expect.any(String), code: expect.any(String) });
    }),
    fuzz(300),
  );
});

it('no setting of a fault is an error of the endpoint', async () => {
  const setting = fc.record(
    {
      fault: fc.oneof(fc.constantFrom('delay:1', 'status:500', 'constructor', '__proto__:1'), fc.jsonValue()),
      times: fc.jsonValue(),
      on: fc.oneof(fc.constantFrom('http', 'websocket'), fc.jsonValue()),
    },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(fc.oneof(setting, fc.jsonValue()), async (body) => {
      const response = await fetch(new URL('/neon-local/faults', endpoint.httpUrl), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      expect([204, 400]).toContain(response.status);
    }),
    fuzz(300),
  );
  await endpoint.clearFaults();
});

const UPGRADE = Buffer.from(
  [
    'GET /v2 HTTP/1.1',
    'Host: 127.0.0.1',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    '\r\n',
  ].join('\r\n'),
);

/** A frame of RFC 6455, masked by zeros; well-formed by default. */
function frame(payload: Uint8Array, first = 0x82, length = payload.length): Buffer {
  const header = Buffer.from([first, 0x80 | 126, 0, 0, 0, 0, 0, 0]);
  header.writeUInt16BE(length, 2);
  return Buffer.concat([header, payload]);
}

/** A message of Postgres' protocol: type, length, body. */
function message(type: string, body: Uint8Array, length = body.length + 4): Buffer {
  const header = Buffer.from(`${type}\0\0\0\0`, 'latin1');
  header.writeInt32BE(length, type.length);
  return Buffer.concat([header, body]);
}

const STARTUP = message('', Buffer.from('\0\x03\0\0user\0app\0database\0app\0\0', 'latin1'));
const PASSWORD = message('p', Buffer.from('secret\0'));
const READY_FOR_QUERY = Buffer.from('Z\0\0\0\x05I', 'latin1');

const bytes = fc.uint8Array({ maxLength: 60 });
const wrongLength = fc.oneof(fc.integer(), fc.integer({ min: -5, max: 70 }));
const startup = fc.oneof(
  { weight: 3, arbitrary: fc.constant(STARTUP) },
  {
    weight: 1,
    arbitrary: bytes.map((body) => message('', Buffer.concat([Buffer.from([0, 3, 0, 0]), body]))),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(80877102, 80877103, 80877104, 0, 131072), bytes)
      .map(([code, body]) => {
        const start = Buffer.alloc(4);
        start.writeInt32BE(code);
        return message('', Buffer.concat([start, body]));
      }),
  },
  { weight: 1, arbitrary: fc.tuple(bytes, wrongLength).map(([body, length]) => message('', body, length)) },
);
const password = fc.oneof(
  { weight: 3, arbitrary: fc.constant(PASSWORD) },
  { weight: 1, arbitrary: bytes.map((body) => message('p', body)) },
  { weight: 1, arbitrary: fc.tuple(bytes, wrongLength).map(([body, length]) => message('p', body, length)) },
);
const further = fc.oneof(
  fc
    .constantFrom('Q', 'P', 'B', 'E', 'S', 'X', 'd', 'c', 'f', 'p', '?')
    .chain((type) =>
      fc
        .tuple(bytes, fc.option(wrongLength))
        .map(([body, length]) => message(type, body, length ?? body.length + 4)),
    ),
  bytes.map((all) => Buffer.from(all)),
);
const brokenFrame = fc
  .tuple(bytes, fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 65_535 }))
  .map(([payload, first, length]) => frame(payload, first, length));
const beforeLogin = fc.oneof(
  fc.tuple(startup, password).map((messages) => messages.map((one) => frame(one))),
  fc.tuple(startup, brokenFrame).map(([first, broken]) => [frame(first), broken]),
  fc.array(brokenFrame, { maxLength: 4 }),
  fc.array(
    bytes.map((all) => Buffer.from(all)),
    { maxLength: 3 },
  ),
);
const afterLogin = fc.array(
  fc.oneof(
    further.map((one) => frame(one)),
    brokenFrame,
  ),
  { maxLength: 4 },
);

async function nobodyIsConnected(): Promise<void> {
  await pollUntil(async () => (await endpoint.stats()).openConnections === 0);
}

it('no WebSocket, and no bytes before the login, end the endpoint or leave a connection open', async () => {
  await fc.assert(
    fc.asyncProperty(beforeLogin, async (sent) => {
      const received = await exchange([UPGRADE, ...sent]);
      expect(received.toString('latin1')).toMatch(/^HTTP\/1.1 101 |^$/);
      expect(await isAlive()).toBe(true);
    }),
    fuzz(200),
  );
  await nobodyIsConnected();
});

it('no WebSocket, and no bytes after the login, end the endpoint or leave a connection open', async () => {
  await fc.assert(
    fc.asyncProperty(afterLogin, async (sent) => {
      const socket = connect();
      for (const part of [UPGRADE, frame(STARTUP), frame(PASSWORD)]) socket.write(part);
      await received(socket, READY_FOR_QUERY);
      for (const part of sent) socket.write(part);
      socket.end();
      await once(socket, 'close');
      expect(await isAlive()).toBe(true);
    }),
    fuzz(100),
  );
  await nobodyIsConnected();
});

/** @throws when the socket closes first */
function received(socket: net.Socket, expected: Buffer): Promise<void> {
  let all = Buffer.alloc(0);
  return new Promise((resolve, reject) => {
    socket.on('data', (chunk: Buffer) => {
      all = Buffer.concat([all, chunk]);
      if (all.includes(expected)) resolve();
    });
    socket.once('close', () => reject(new Error(`closed after ${JSON.stringify(all.toString('latin1'))}`)));
  });
}
