import { channel } from 'node:diagnostics_channel';
import { once } from 'node:events';
import http from 'node:http';
import { CHANNELS } from '@pg-otel/instrumentation/channels';
import { pollUntil } from '@pg-otel/testkit';
import {
  type Authorize,
  createInsights,
  createInsightsHandler,
  createInsightsRoute,
  type Insights,
  InsightsOptionsError,
  serveInsights,
} from '../src';

let insights: Insights;
const servers: { close(): unknown }[] = [];
beforeEach(() => {
  insights = createInsights();
});
afterEach(async () => {
  insights.stop();
  await Promise.all(servers.splice(0).map((server) => server.close()));
  jest.restoreAllMocks();
});

async function serve(options: { authorize?: Authorize } = {}): Promise<string> {
  const server = await serveInsights({ port: 0, insights, ...options });
  servers.push(server);
  return server.url;
}

const statusOf = (url: string, options: http.RequestOptions = {}): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const request = http.request(url, { agent: false, ...options }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on('error', reject).end();
  });

it.each(['all', 'performance', 'connections', 'pools'])(
  '%s is the same as the function',
  async (endpoint) => {
    const response = await fetch(`${await serve()}${endpoint}`);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    const functions: Record<string, () => object> = {
      all: insights.getAllPerformanceData,
      performance: insights.getPerformanceMetrics,
      connections: insights.getConnectionStats,
      pools: insights.getPoolMetricsWithAlerts,
    };
    expect(Object.keys((await response.json()) as object).sort()).toEqual(
      Object.keys(JSON.parse(JSON.stringify(functions[endpoint]?.()))).sort(),
    );
  },
);

it.each(['', 'all', 'performance', 'connections', 'pools', 'health', 'live', 'unknown'])(
  '/%s has a strict policy, is not cached, and sets no cookie',
  async (endpoint) => {
    const { headers, body } = await fetch(`${await serve()}${endpoint}`);
    await body?.cancel();
    // A stream is no document.
    const policy =
      headers.get('content-security-policy') ?? (endpoint === 'live' ? "default-src 'none'" : '');
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(headers.get('cache-control')).toContain('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect(headers.get('access-control-allow-origin')).toBeNull();
    expect(headers.get('set-cookie')).toBeNull();
  },
);

it('health is 200 while no managed pool is down', async () => {
  const url = await serve();
  expect(await statusOf(`${url}health`)).toBe(200);
  const down = { poolName: 'shop', state: 'down', since: 1, errorType: 'ECONNREFUSED' } as const;
  jest.spyOn(insights, 'getConnectionStats').mockReturnValue({
    ...insights.getConnectionStats(),
    health: [{ ...down, consecutiveFailures: 3, changes: [] }],
  });
  const response = await fetch(`${url}health`);
  expect(response.status).toBe(503);
  expect(await response.json()).toEqual({ isHealthy: false, pools: [down] });
});

it.each<[string, http.RequestOptions, number]>([
  ['another method', { method: 'POST' }, 405],
  ['an unknown endpoint', { path: '/../etc/passwd' }, 404],
  ['a name of another site (DNS rebinding)', { headers: { host: 'evil.example' } }, 403],
  ['a proxy', { headers: { 'x-forwarded-for': '203.0.113.7' } }, 403],
  ['this machine', {}, 200],
  ['this machine, by its name', { headers: { host: 'localhost:4500' } }, 200],
])('%s is answered without authorize', async (_name, options, status) => {
  expect(await statusOf(`${await serve()}all`, options)).toBe(status);
});

it('authorize decides for every endpoint', async () => {
  const url = await serve({ authorize: async (_request, endpoint) => endpoint === 'health' });
  expect(await statusOf(`${url}all`)).toBe(403);
  expect(await statusOf(`${url}health`, { headers: { host: 'shop.example' } })).toBe(200);
});

it('an error in authorize refuses, and is a warning once', async () => {
  const warning = jest.spyOn(process, 'emitWarning').mockImplementation();
  const url = await serve({
    authorize: () => {
      throw new RangeError('secret');
    },
  });
  expect(await statusOf(`${url}all`)).toBe(403);
  expect(await statusOf(`${url}pools`)).toBe(403);
  expect(warning.mock.calls).toEqual([[expect.not.stringContaining('secret'), expect.anything()]]);
});

it('live sends the data, and ends with its reader', async () => {
  const url = await serve();
  const received = await new Promise<string>((resolve, reject) => {
    const request = http.get(`${url}live`, (response) => {
      response.setEncoding('utf8').once('data', (chunk: string) => {
        resolve(chunk);
        request.destroy();
      });
    });
    request.on('error', reject);
  });
  expect(received).toMatch(/^data: \{"collectedAt":/);
});

it('at most 20 streams are open, of 50 readers that come at once', async () => {
  const url = await serve();
  const agent = new http.Agent({ maxSockets: 100 });
  const responses = await Promise.all(
    Array.from(
      { length: 50 },
      () => new Promise<http.IncomingMessage>((resolve) => http.get(`${url}live`, { agent }, resolve)),
    ),
  );
  const open = responses.filter(({ statusCode }) => statusCode === 200);
  expect(open).toHaveLength(20);
  expect(new Set(responses.map(({ statusCode }) => statusCode))).toEqual(new Set([200, 503]));
  open[0]?.destroy();
  await pollUntil(async () => (await firstOfLive(url)) === 200);
  for (const response of responses) response.destroy();
});

/** The status of `live`, whose stream it ends. */
const firstOfLive = (url: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const request = http.get(`${url}live`, { agent: false }, (response) => {
      resolve(response.statusCode);
      request.destroy();
    });
    request.on('error', reject);
  });

it('a reader that leaves while authorize runs takes no stream', async () => {
  const decisions: ((isAllowed: boolean) => void)[] = [];
  const closed: Promise<unknown>[] = [];
  const url = await serve({
    authorize: (request) => {
      closed.push(once(request.socket, 'close'));
      return new Promise((resolve) => decisions.push(resolve));
    },
  });
  const requests = Array.from({ length: 20 }, () =>
    http.get(`${url}live`, { agent: false }).on('error', () => {}),
  );
  await pollUntil(async () => decisions.length === 20);
  for (const request of requests) request.destroy();
  await Promise.all(closed);
  for (const decide of decisions) decide(true);
  const last = firstOfLive(url);
  await pollUntil(async () => decisions.length === 21);
  decisions[20]?.(true);
  expect(await last).toBe(200);
});

it('authorize may answer itself', async () => {
  const handler = createInsightsHandler({
    insights,
    authorize: (request) => {
      (request as http.IncomingMessage & { res: http.ServerResponse }).res
        .writeHead(302, { location: '/login' })
        .end();
      return false;
    },
  });
  const server = http.createServer((request, response) =>
    handler(Object.assign(request, { res: response }), response),
  );
  server.listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  expect(await statusOf(`http://127.0.0.1:${port}/live`)).toBe(302);
});

it('an open page does not hold a server that closes', async () => {
  const server = http.createServer(createInsightsHandler({ insights })).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const response = await new Promise<http.IncomingMessage>((resolve) =>
    http.get(`http://127.0.0.1:${port}/live`, resolve),
  );
  response.on('error', () => {}).resume();
  server.close();
  await once(server, 'close');
});

it('an update that fails is a warning, and the stream stays', async () => {
  const warning = jest.spyOn(process, 'emitWarning').mockImplementation();
  const url = await serve();
  const response = await new Promise<http.IncomingMessage>((resolve) => http.get(`${url}live`, resolve));
  response.setEncoding('utf8');
  const collect = jest.spyOn(insights, 'getAllPerformanceData').mockImplementation(() => {
    throw new TypeError('secret');
  });
  await pollUntil(async () => warning.mock.calls.length > 0);
  expect(warning.mock.calls[0]?.[0]).not.toContain('secret');
  collect.mockRestore();
  let received = '';
  response.on('data', (chunk: string) => {
    received += chunk;
  });
  await pollUntil(async () => received.split('data: ').length > 2);
  response.destroy();
});

it('a framework may leave the path of the mount in the URL', async () => {
  const handler = createInsightsHandler({ path: '/insights/', insights });
  const server = http.createServer(handler).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  expect(await statusOf(`http://127.0.0.1:${port}/insights/all`)).toBe(200);
  expect(await statusOf(`http://127.0.0.1:${port}/all`)).toBe(200);
});

it.each<[object, string]>([
  [{ authorise: () => true }, 'authorise is not an option; there are authorize, path, insights'],
  [{ authorize: 'operator' }, 'authorize must be a function'],
  [{ path: 'insights' }, 'path must be a text that begins with /'],
])('the handler and the route refuse %p, and start nothing', (options, message) => {
  insights.stop();
  expect(() => createInsightsHandler(options)).toThrow(message);
  expect(() => createInsightsRoute({ authorize: () => true, ...options })).toThrow(message);
  expect(channel(CHANNELS.operationEnd).hasSubscribers).toBe(false);
});

it('a server refuses an option that does not exist', async () => {
  const options = { port: 0, path: '/insights' };
  await expect(serveInsights(options)).rejects.toThrow(
    'path is not an option; there are port, host, authorize, insights',
  );
});

it('a server beyond loopback needs authorize', async () => {
  const refused = serveInsights({ port: 0, host: '0.0.0.0', insights });
  await expect(refused).rejects.toThrow(InsightsOptionsError);
  await expect(refused).rejects.toThrow('host must be a loopback address, or authorize must be set');
});

it('a port in use is an error that names it', async () => {
  const port = Number(new URL(await serve()).port);
  await expect(serveInsights({ port, insights })).rejects.toThrow(`port ${port} of 127.0.0.1 is in use`);
});
