import { once } from 'node:events';
import * as http from 'node:http';
import * as net from 'node:net';
import { text } from 'node:stream/consumers';
import { type PostgresServer, startPostgres } from '@pg-otel/testkit';
import { Client } from 'pg';
import { WebSocket } from 'ws';
import { type NeonLocal, type NeonLocalOptions, startNeonLocal } from '.';

let postgres: PostgresServer;
let endpoint: NeonLocal;
let admin: Client;

beforeAll(async () => {
  postgres = await startPostgres();
  endpoint = await start({});
  admin = new Client(postgres.url);
  await admin.connect();
  await admin.query('create table written (by text)');
});
afterAll(async () => {
  await admin.end();
  await endpoint.stop();
  await postgres.stop();
});

function start(options: Partial<NeonLocalOptions>): Promise<NeonLocal> {
  return startNeonLocal({
    postgres: postgres.url,
    rolePasswords: { [postgres.user]: postgres.password },
    ...options,
  });
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** Not `fetch`, which always sends its own `Host`. */
async function send(
  { port }: NeonLocal,
  method: string,
  path: string,
  headers: http.OutgoingHttpHeaders,
  body = '',
): Promise<Answer> {
  const request = http.request({ host: '127.0.0.1', port, method, path, headers, agent: false });
  request.end(body);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

function insert(front: NeonLocal, headers: http.OutgoingHttpHeaders): Promise<Answer> {
  const query = `insert into written values ('page')`;
  const connection = { 'neon-connection-string': postgres.url };
  return send(front, 'POST', '/sql', { ...connection, ...headers }, JSON.stringify({ query }));
}

async function rowsWritten(work: () => Promise<unknown>): Promise<number> {
  await admin.query('truncate written');
  await work();
  return (await admin.query('select from written')).rowCount as number;
}

/** The status of an upgrade: 101 when it was accepted. */
async function upgrade({ port }: NeonLocal, headers: Record<string, string>): Promise<number | undefined> {
  const webSocket = new WebSocket(`ws://127.0.0.1:${port}/v2`, { headers });
  webSocket.on('error', () => {});
  const opened = once(webSocket, 'open').then(() => 101);
  const refused = once(webSocket, 'unexpected-response').then(
    ([, response]: http.IncomingMessage[]) => response?.statusCode,
  );
  const status = await Promise.race([opened, refused]);
  webSocket.terminate();
  return status;
}

// The headers of Chromium for a page on another site.
const PAGE = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
const PREFLIGHT = {
  ...PAGE,
  'sec-fetch-mode': 'cors',
  'access-control-request-method': 'POST',
  'access-control-request-headers': 'authorization,neon-connection-string',
};

describe.each([
  ['another site', PAGE],
  ['a sandboxed frame or a file', { origin: 'null' }],
  ['another port of this machine', { origin: 'http://localhost:5173' }],
  [
    'a name that was made to resolve to 127.0.0.1',
    { host: 'evil.example:4444', origin: 'http://evil.example:4444' },
  ],
  ['such a name, without an origin', { host: 'evil.example:4444' }],
  ['a name that ends like an allowed one', { host: 'evillocalhost' }],
  ['a name that begins like an address', { host: '127.0.0.1.evil.example' }],
])('a page of %s', (_what, headers) => {
  it('runs no SQL, and may read nothing', async () => {
    let answer: Answer | undefined;
    expect(
      await rowsWritten(async () => {
        answer = await insert(endpoint, headers);
      }),
    ).toBe(0);
    expect(answer).toMatchObject({ status: 403, body: expect.stringContaining('is not allowed; --allow-') });
    expect(answer?.headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('opens no WebSocket', async () => {
    expect(await upgrade(endpoint, headers)).toBe(403);
  });

  it('sets and clears no fault, and reads no statistics', async () => {
    const body = '{"fault":"status:503"}';
    const json = { ...headers, 'content-type': 'application/json' };
    expect(await send(endpoint, 'POST', '/neon-local/faults', json, body)).toMatchObject({ status: 403 });
    expect(await send(endpoint, 'DELETE', '/neon-local/faults', headers)).toMatchObject({ status: 403 });
    expect(await send(endpoint, 'GET', '/neon-local/stats', headers)).toMatchObject({ status: 403 });
    expect(await insert(endpoint, {})).toMatchObject({ status: 200 });
  });
});

// Chromium sends these requests without `Origin` (recorded).
describe.each([
  ['an image', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }],
  ['a script', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' }],
  ['a frame', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }],
  [
    'a link or a form',
    { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'sec-fetch-user': '?1' },
  ],
  ['fetch with mode: no-cors', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'empty' }],
])('%s of a page', (_what, headers) => {
  it.each(['cross-site', 'same-site'])('of another origin (%s) reads no statistics', async (site) => {
    for (const path of ['/neon-local/stats', '/sql', '/']) {
      const answer = await send(endpoint, 'GET', path, { ...headers, 'sec-fetch-site': site });
      expect(answer).toMatchObject({
        status: 403,
        headers: {
          'cross-origin-resource-policy': 'same-origin',
          'x-content-type-options': 'nosniff',
        },
        body: '{"message":"a page may only send requests with an Origin that is allowed"}',
      });
    }
  });

  it('is refused, although its origin is allowed for what has an Origin', async () => {
    const front = await start({ allowedOrigins: ['http://localhost:5173'] });
    const answer = await send(front, 'GET', '/neon-local/stats', {
      ...headers,
      'sec-fetch-site': 'same-site',
    });
    await front.stop();
    expect(answer).toMatchObject({ status: 403 });
  });
});

it('a user who types the address reads the statistics, which no page can embed', async () => {
  const typed = { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
  expect(await send(endpoint, 'GET', '/neon-local/stats', typed)).toMatchObject({
    status: 200,
    headers: { 'cross-origin-resource-policy': 'same-origin', 'x-content-type-options': 'nosniff' },
  });
});

it('a refused upgrade leaves no connection, though its client does not close', async () => {
  const socket = net.connect({ port: endpoint.port, host: '127.0.0.1', allowHalfOpen: true });
  socket.write(
    'GET /v2 HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: https://evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  );
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  await once(socket, 'end');
  expect(answer).toMatch(/^HTTP\/1.1 403 /);
  // Only a failed write shows that the other half of the connection is closed.
  const timer = setInterval(() => socket.write('more'), 5);
  const error = await new Promise<NodeJS.ErrnoException>((resolve) => socket.once('error', resolve));
  clearInterval(timer);
  expect(['ECONNRESET', 'EPIPE']).toContain(error.code);
});

it('a preflight request from another site is refused', async () => {
  const { status, headers } = await send(endpoint, 'OPTIONS', '/sql', PREFLIGHT);
  expect(status).toBe(403);
  expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
});

it.each([
  ['a body that a page may send unasked', { 'content-type': 'text/plain;charset=UTF-8' }],
  ['no content type', {}],
])('faults are not set by %s', async (_what, headers: http.OutgoingHttpHeaders) => {
  const answer = await send(endpoint, 'POST', '/neon-local/faults', headers, '{"fault":"status:503"}');
  expect(answer).toMatchObject({
    status: 415,
    body: '{"message":"the content-type must be application/json"}',
  });
});

it('faults are not read from an endless body', async () => {
  const json = { 'content-type': 'application/json; charset=utf-8' };
  const answer = await send(endpoint, 'POST', '/neon-local/faults', json, ' '.repeat(10_001));
  expect(answer).toMatchObject({ status: 413 });
});

describe('an origin that is allowed', () => {
  let front: NeonLocal;
  const page = { origin: 'http://localhost:5173' };

  beforeAll(async () => {
    front = await start({ allowedOrigins: ['http://localhost:5173'] });
  });
  afterAll(() => front.stop());

  it('runs SQL and reads the answer', async () => {
    const preflight = await send(front, 'OPTIONS', '/sql', { ...PREFLIGHT, ...page });
    expect(preflight).toMatchObject({
      status: 200,
      headers: {
        'access-control-allow-origin': page.origin,
        'access-control-allow-headers': expect.stringContaining('Neon-Connection-String'),
        vary: 'Origin',
      },
    });
    const answer = await insert(front, page);
    expect(answer).toMatchObject({ status: 200, headers: { 'access-control-allow-origin': page.origin } });
  });

  it('reads errors, too', async () => {
    const answer = await send(front, 'POST', '/sql', page, '{');
    expect(answer).toMatchObject({ status: 400, headers: { 'access-control-allow-origin': page.origin } });
  });

  it('opens a WebSocket', async () => {
    expect(await upgrade(front, page)).toBe(101);
  });

  it('is the only one', async () => {
    for (const origin of ['http://localhost:51730', 'https://localhost:5173', 'http://localhost']) {
      expect(await insert(front, { origin })).toMatchObject({ status: 403 });
      expect(await upgrade(front, { origin })).toBe(403);
    }
  });
});

describe('a client', () => {
  it.each(['localhost', 'LOCALHOST:4444', 'db.localhost:4444', '127.0.0.1', '[::1]:4444', '192.0.2.7:4444'])(
    'is answered under %s',
    async (host) => {
      expect(await insert(endpoint, { host })).toMatchObject({ status: 200 });
      expect(await upgrade(endpoint, { host })).toBe(101);
    },
  );

  it('is answered under a name that is allowed', async () => {
    const front = await start({ allowedHosts: ['Neon.internal'] });
    expect(await insert(front, { host: 'neon.internal:4444' })).toMatchObject({ status: 200 });
    expect(await insert(front, { host: 'sub.neon.internal:4444' })).toMatchObject({ status: 403 });
    await front.stop();
  });

  it.each(['a b', 'evil.example/@127.0.0.1', 'evil.example@127.0.0.1', '127.0.0.1#evil.example'])(
    'is refused with the Host %j',
    async (host) => {
      expect(await insert(endpoint, { host })).toMatchObject({
        status: 403,
        body: '{"message":"exactly one valid Host header is required"}',
      });
    },
  );

  it.each([
    ['no Host, as in HTTP/1.0', 'GET /neon-local/stats HTTP/1.0\r\n\r\n'],
    ['an empty Host', 'GET /neon-local/stats HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n'],
    [
      'two Host headers',
      'GET /neon-local/stats HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
    ],
  ])('is refused with %s', async (_what, request) => {
    const socket = net.connect(endpoint.port, '127.0.0.1');
    socket.write(request);
    expect((await text(socket)).split('\r\n')[0]).toBe('HTTP/1.1 403 Forbidden');
  });
});

describe('options', () => {
  it.each([
    [{ allowedHosts: ['db.example:4444'] }, 'an allowed host must be a name like db.example'],
    [{ allowedHosts: ['http://db.example'] }, 'an allowed host must be a name like db.example'],
    [{ allowedOrigins: ['*'] }, 'an allowed origin must be like http://localhost:5173'],
    [{ allowedOrigins: ['null'] }, 'an allowed origin must be like http://localhost:5173'],
    [{ allowedOrigins: ['http://localhost:5173/'] }, 'an allowed origin must be like http://localhost:5173'],
    [{ rolePasswords: { app: '' } }, 'the password of role "app" must not be empty'],
  ])('like %j are refused', async (options, message) => {
    await expect(start(options)).rejects.toThrow(message);
  });
});
