import { once } from 'node:events';
import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import 'reflect-metadata';
import {
  All,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Module,
  Req,
  Res,
  UseGuards,
} from '@nestjs/common';
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
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
      server.close();
      await once(server, 'close');
    },
  };
}

const authorization = 'Bearer operator';

class OperatorGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return context.switchToHttp().getRequest<IncomingMessage>().headers.authorization === authorization;
  }
}

/** The handler answers requests that the guard has let through. */
class InsightsController {
  // Here, so that it is created in the test.
  readonly #handler = createInsightsHandler({ insights, path: '/api/insights', authorize: () => true });

  show(request: Raw<IncomingMessage>, response: Raw<ServerResponse> & { hijack?(): void }): void {
    response.hijack?.();
    this.#handler(request.raw ?? request, response.raw ?? response);
  }
}
/** Fastify wraps the requests and responses of Node, and Express extends them. */
type Raw<Message> = Message & { readonly raw?: Message };

// What the compiler makes of `@Controller('insights') @UseGuards(OperatorGuard)`.
const show = Object.getOwnPropertyDescriptor(InsightsController.prototype, 'show') as PropertyDescriptor;
All(['', ':endpoint'])(InsightsController.prototype, 'show', show);
Req()(InsightsController.prototype, 'show', 0);
Res()(InsightsController.prototype, 'show', 1);
UseGuards(OperatorGuard)(InsightsController);
Controller('insights')(InsightsController);

async function startNest(adapter: AbstractHttpAdapter, controllers: (typeof InsightsController)[]) {
  class AppModule {}
  Module({ controllers })(AppModule);
  const app = await NestFactory.create(AppModule, adapter, { logger: false });
  app.setGlobalPrefix('api');
  if (controllers.length === 0) {
    app.use(
      '/api/insights',
      createInsightsHandler({
        insights,
        authorize: ({ headers }) => headers.authorization === authorization,
      }),
    );
  }
  await app.listen(0, '127.0.0.1');
  return { url: `${await app.getUrl()}/api`, close: () => app.close() };
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
        close: () => app.close(),
      };
    },
  ],
  ['NestJS on Express, as middleware', () => startNest(new ExpressAdapter(), [])],
  ['NestJS on Fastify, as middleware', () => startNest(new FastifyAdapter(), [])],
  ['NestJS on Express, as a controller', () => startNest(new ExpressAdapter(), [InsightsController])],
  ['NestJS on Fastify, as a controller', () => startNest(new FastifyAdapter(), [InsightsController])],
];

it.each(mounts)('is mounted in %s', async (framework, mount) => {
  const { url, close } = await mount();
  const get = (path: string, init?: RequestInit) =>
    fetch(`${url}${path}`, { ...init, headers: { authorization, ...init?.headers } });
  const status = async (path: string, init?: RequestInit) => (await get(path, init)).status;
  if (framework.startsWith('NestJS')) {
    expect((await fetch(`${url}/insights/all`)).status).toBe(403);
    expect(await status('/shop')).toBe(404);
  } else expect(await (await get('/')).text()).toBe('shop');
  const page = await get('/insights');
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(await page.text()).toContain('<title>Postgres insights</title>');
  expect(await (await get('/insights/all')).json()).toMatchObject({ performance: { total: 0 } });
  expect(await status('/insights/health')).toBe(200);
  expect(await status('/insights/unknown')).toBe(404);
  const headers = { 'content-type': 'application/json' };
  expect(await status('/insights/all', { method: 'POST', body: '{"a":1}', headers })).toBe(405);
  const live = await get('/insights/live');
  expect(live.headers.get('content-type')).toBe('text/event-stream');
  // The page is open when the framework shuts down.
  await Promise.all([close(), live.text().catch(() => {})]);
});
