import { once } from 'node:events';
import net from 'node:net';
import { createInsights, type Insights, type InsightsServer, serveInsights } from '../src';

let insights: Insights;
let server: InsightsServer;
beforeAll(async () => {
  insights = createInsights();
  server = await serveInsights({ port: 0, insights });
});
afterAll(async () => {
  await server.close();
  insights.stop();
});

/** Sends bytes, and returns what the server answers until it ends the connection. */
async function exchange(bytes: string): Promise<string> {
  const socket = net.connect(server.port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    answer += chunk;
  });
  socket.on('error', () => {});
  socket.end(bytes);
  await once(socket, 'close');
  return answer;
}

const request = (line: string, ...headers: string[]) =>
  [line, ...headers, 'Connection: close', '', ''].join('\r\n');
const HOST = 'Host: localhost';

it.each<[string, string, RegExp]>([
  ['no host', request('GET /all HTTP/1.0'), /^HTTP\/1\.1 403 /],
  ['an empty host', request('GET /all HTTP/1.1', 'Host: '), /^HTTP\/1\.1 403 /],
  ['two hosts', request('GET /all HTTP/1.1', HOST, 'Host: evil.example'), /^HTTP\/1\.1 (400|200) /],
  ['a host with a user', request('GET /all HTTP/1.1', 'Host: localhost@evil.example'), /^HTTP\/1\.1 403 /],
  [
    'a host that begins like loopback',
    request('GET /all HTTP/1.1', 'Host: localhost.evil.example'),
    /^HTTP\/1\.1 403 /,
  ],
  [
    'the address of this machine in a name',
    request('GET /all HTTP/1.1', 'Host: 127.0.0.1.evil.example'),
    /^HTTP\/1\.1 403 /,
  ],
  ['a proxy', request('GET /all HTTP/1.1', HOST, 'Forwarded: for=203.0.113.7'), /^HTTP\/1\.1 403 /],
  [
    'a proxy that ends TLS',
    request('GET /all HTTP/1.1', HOST, 'X-Forwarded-Proto: https'),
    /^HTTP\/1\.1 403 /,
  ],
  ['nginx as it is by default', request('GET /all HTTP/1.0', 'Host: 127.0.0.1:3000'), /^HTTP\/1\.1 403 /],
  ['a path out of the folder', request('GET /../../etc/passwd HTTP/1.1', HOST), /^HTTP\/1\.1 404 /],
  ['an encoded path', request('GET /%2e%2e/%61ll HTTP/1.1', HOST), /^HTTP\/1\.1 404 /],
  ['an absolute URL', request('GET http://evil.example/all HTTP/1.1', HOST), /^HTTP\/1\.1 404 /],
  ['a property of Object', request('GET /constructor HTTP/1.1', HOST), /^HTTP\/1\.1 404 /],
  ['a prototype', request('GET /__proto__ HTTP/1.1', HOST), /^HTTP\/1\.1 404 /],
  ['another method', request('DELETE /all HTTP/1.1', HOST), /^HTTP\/1\.1 405 /],
  ['an unknown method', request('BREW /all HTTP/1.1', HOST), /^HTTP\/1\.1 400 /],
  ['headers of 100 kB', request('GET /all HTTP/1.1', HOST, `X: ${'x'.repeat(100_000)}`), /^HTTP\/1\.1 431 /],
  ['no HTTP at all', '\u0000\u0001\u0002\r\n\r\n', /^HTTP\/1\.1 400 /],
  ['half a request', 'GET /all HT', /^(HTTP\/1\.1 400 |$)/],
])('%s', async (_name, bytes, answer) => {
  expect(await exchange(bytes)).toMatch(answer);
});

it('200 readers at a time get the same data, which is collected once', async () => {
  jest.spyOn(performance, 'now').mockReturnValue(performance.now() + 1000);
  const collected = jest.spyOn(insights, 'getAllPerformanceData');
  const read = async () => (await fetch(`${server.url}all`)).json() as Promise<{ collectedAt: number }>;
  const answers = await Promise.all(Array.from({ length: 200 }, read));
  expect(new Set(answers.map((answer) => Object.keys(answer).join())).size).toBe(1);
  expect(collected).toHaveBeenCalledTimes(1);
  jest.restoreAllMocks();
});

it('1000 hostile requests leave it answering', async () => {
  const parts = [
    'GET',
    'POST',
    'HEAD',
    '/',
    '/live',
    '/all',
    ' ',
    '\r\n',
    '\r\n\r\n',
    HOST,
    'HTTP/1.1',
    '%00',
    ':',
    '\u0000',
    '💥',
  ];
  let seed = 1;
  const next = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return parts[seed % parts.length] as string;
  };
  for (let batch = 0; batch < 20; batch += 1) {
    const requests = Array.from({ length: 50 }, () => Array.from({ length: 12 }, next).join(''));
    await Promise.all(requests.map(exchange));
  }
  expect((await fetch(`${server.url}health`)).status).toBe(200);
});
