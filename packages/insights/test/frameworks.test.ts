import { once } from 'node:events';
import http, { type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import fastify from 'fastify';
import { createInsights, createInsightsHandler, type Insights, type InsightsHandler } from '../src';

/** As docs/guides/insights.md mounts it. */
let insights: Insights;
beforeAll(() => {
  insights = createInsights();
});
afterAll(() => insights.stop());

async function listen(server: Server): Promise<{ url: string; close(): Promise<void> }> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const mounts: [string, () => Promise<{ url: string; close(): Promise<void> }>][] = [
  [
    'node:http',
    () => {
      const handler = createInsightsHandler({ insights, path: '/insights' });
      return listen(
        http.createServer((request, response) => {
          if (request.url?.startsWith('/insights')) handler(request, response);
          else response.end('shop');
        }),
      );
    },
  ],
  [
    'Express',
    () => {
      const app = express();
      // It consumes the body.
      app.use(express.json());
      app.use('/insights', createInsightsHandler({ insights }));
      app.use((_request, response) => void response.send('shop'));
      return listen(http.createServer(app));
    },
  ],
  [
    'Fastify',
    async () => {
      const app = fastify();
      const handler: InsightsHandler = createInsightsHandler({ insights, path: '/insights' });
      app.all('/insights*', (request, reply) => {
        reply.hijack();
        handler(request.raw, reply.raw);
      });
      app.get('/', () => 'shop');
      await app.listen({ port: 0, host: '127.0.0.1' });
      const { port } = app.server.address() as AddressInfo;
      return {
        url: `http://127.0.0.1:${port}`,
        async close() {
          app.server.closeAllConnections();
          await app.close();
        },
      };
    },
  ],
];

it.each(mounts)('is mounted in %s', async (_framework, mount) => {
  const { url, close } = await mount();
  const status = async (path: string, init?: RequestInit) => (await fetch(`${url}${path}`, init)).status;
  expect(await (await fetch(`${url}/`)).text()).toBe('shop');
  const page = await fetch(`${url}/insights`);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(await page.text()).toContain('<title>Postgres insights</title>');
  expect(await (await fetch(`${url}/insights/all`)).json()).toMatchObject({ performance: { total: 0 } });
  expect(await status('/insights/health')).toBe(200);
  expect(await status('/insights/unknown')).toBe(404);
  const headers = { 'content-type': 'application/json' };
  expect(await status('/insights/all', { method: 'POST', body: '{"a":1}', headers })).toBe(405);
  await close();
});
