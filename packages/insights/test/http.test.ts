import { once } from 'node:events';
import http from 'node:http';
import { pollUntil } from '@pg-otel/testkit';
import {
  type Authorize,
  createInsights,
  createInsightsHandler,
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

it('at most 20 streams are open', async () => {
  const url = await serve();
  const agent = new http.Agent({ maxSockets: 100 });
  const open = await Promise.all(
    Array.from(
      { length: 20 },
      () => new Promise<http.IncomingMessage>((resolve) => http.get(`${url}live`, { agent }, resolve)),
    ),
  );
  expect(await statusOf(`${url}live`)).toBe(503);
  open[0]?.destroy();
  await pollUntil(async () => (await statusOf(`${url}live`, { method: 'HEAD' })) === 200);
  for (const response of open) response.destroy();
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

it('a server beyond loopback needs authorize', async () => {
  const refused = serveInsights({ port: 0, host: '0.0.0.0', insights });
  await expect(refused).rejects.toThrow(InsightsOptionsError);
  await expect(refused).rejects.toThrow('host must be a loopback address, or authorize must be set');
});

it('a port in use is an error that names it', async () => {
  const port = Number(new URL(await serve()).port);
  await expect(serveInsights({ port, insights })).rejects.toThrow(`port ${port} of 127.0.0.1 is in use`);
});
