import { createInsights, createInsightsRoute, type Insights, type InsightsRoute } from '../src';

let insights: Insights;
let route: InsightsRoute;
beforeEach(() => {
  insights = createInsights();
  route = createInsightsRoute({ path: '/insights', insights, authorize: () => true });
});
afterEach(() => {
  insights.stop();
  jest.useRealTimers();
  jest.restoreAllMocks();
});

const get = (path: string, init?: RequestInit) => route(new Request(`https://shop.example${path}`, init));

it.each(['all', 'performance', 'connections', 'pools'])('%s is JSON', async (endpoint) => {
  const response = await get(`/insights/${endpoint}?at=1`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await response.json()).toMatchObject({ collectedAt: expect.any(Number) });
});

it.each(['/insights', '/insights/', '/'])('the page is at %s', async (path) => {
  const response = await get(path);
  expect(response.headers.get('content-security-policy')).toMatch(/script-src 'sha256-/);
  expect(await response.text()).toContain('<title>Postgres insights</title>');
});

it.each<[string, RequestInit, number]>([
  ['/insights/health', {}, 200],
  ['/insights/unknown', {}, 404],
  ['/insights/all', { method: 'POST', body: '{}' }, 405],
  ['/insights/live', { method: 'HEAD' }, 200],
])('%s with %j is answered %i', async (path, init, status) => {
  const response = await get(path, init);
  expect(response.status).toBe(status);
  if (init.method === 'HEAD') expect(response.body).toBeNull();
});

it('a path of many slashes is answered at once', async () => {
  expect((await get(`/insights/a${'/'.repeat(300_000)}x`)).status).toBe(404);
  expect((await get(`/insights${'/'.repeat(300_000)}all`)).status).toBe(200);
});

it('needs authorize, because a Request does not show where it comes from', () => {
  const withoutAuthorize = { path: '/insights' } as Parameters<typeof createInsightsRoute>[0];
  expect(() => createInsightsRoute(withoutAuthorize)).toThrow('authorize must be a function');
});

it('authorize decides for every endpoint, and its error refuses', async () => {
  jest.spyOn(process, 'emitWarning').mockImplementation();
  route = createInsightsRoute({
    insights,
    authorize: async (request, endpoint) => {
      if (endpoint === 'pools') throw new Error('secret');
      return endpoint === 'health' || request.headers.get('authorization') === 'Bearer t';
    },
  });
  const statuses = ['/health', '/all', '/pools'].map(async (path) => (await get(path)).status);
  expect(await Promise.all(statuses)).toEqual([200, 403, 403]);
  expect((await get('/all', { headers: { authorization: 'Bearer t' } })).status).toBe(200);
});

it('live sends updates to a reader, and frees its place when it leaves', async () => {
  const responses = await Promise.all(Array.from({ length: 30 }, () => get('/insights/live')));
  const open = responses.filter(({ status }) => status === 200);
  expect(open).toHaveLength(20);
  const reader = open[0]?.body?.pipeThrough(new TextDecoderStream()).getReader();
  for (let updates = 0; updates < 2; updates += 1)
    expect((await reader?.read())?.value).toMatch(/^data: \{"collectedAt":.*\}\n\n$/);
  await reader?.cancel();
  const next = await get('/insights/live');
  expect(next.status).toBe(200);
  await Promise.all([...open.slice(1), next].map(({ body }) => body?.cancel().catch(() => {})));
});

it('live ends after ten updates, so that it does not hold a server that closes', async () => {
  jest.useFakeTimers();
  const response = await get('/insights/live');
  expect(response.headers.get('connection')).toBe('close');
  // Otherwise middleware and proxies collect updates.
  expect(response.headers.get('cache-control')).toBe('no-store, no-transform');
  expect(response.headers.get('x-accel-buffering')).toBe('no');
  const received = response.text();
  await jest.advanceTimersByTimeAsync(20_000);
  const events = (await received).trimEnd().split('\n\n');
  expect(events).toHaveLength(11);
  expect(events.at(-1)).toBe('event: end\ndata: {}');
});

it('live keeps a reader that is behind for a moment, which gets the newest data then', async () => {
  jest.useFakeTimers();
  const { body } = await get('/insights/live');
  await jest.advanceTimersByTimeAsync(4000);
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
  await reader?.read();
  await jest.advanceTimersByTimeAsync(1000);
  const { value } = (await reader?.read()) ?? {};
  expect(JSON.parse(value?.replace('data: ', '') ?? '')).toMatchObject({ collectedAt: Date.now() });
  await reader?.cancel();
});

it('live disconnects a reader that does not keep up', async () => {
  jest.useFakeTimers();
  const { body } = await get('/insights/live');
  await jest.advanceTimersByTimeAsync(6000);
  await expect(body?.getReader().read()).rejects.toThrow('The reader did not keep up.');
});
