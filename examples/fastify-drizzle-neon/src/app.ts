import { createInsightsHandler } from '@pg-otel/insights';
import fastify from 'fastify';
import { book, listConcerts, readConcert, SoldOut } from './concerts.js';
import { closeDatabase } from './database.js';

export const app = fastify();
app.addHook('onClose', closeDatabase);

const concert = {
  type: 'object',
  properties: { id: { type: 'integer', minimum: 1, maximum: 1e9 } },
} as const;
const booking = {
  type: 'object',
  required: ['holder'],
  properties: { holder: { type: 'string', minLength: 1, maxLength: 200 } },
} as const;

app.get('/concerts', listConcerts);

app.get<{ Params: { id: number } }>(
  '/concerts/:id',
  { schema: { params: concert } },
  async (request, reply) => {
    const found = await readConcert(request.params.id);
    return found ?? reply.code(404).send({ error: 'There is no such concert.' });
  },
);

app.post<{ Params: { id: number }; Body: { holder: string } }>(
  '/concerts/:id/tickets',
  { schema: { params: concert, body: booking } },
  async (request, reply) => {
    try {
      return reply.code(201).send(await book(request.params.id, request.body.holder));
    } catch (error) {
      if (error instanceof SoldOut) return reply.code(409).send({ error: error.message });
      throw error;
    }
  },
);

// Without `authorize`, only programs on this machine may read it: for development.
const insights = createInsightsHandler({ path: '/insights' });
app.all('/insights*', (request, reply) => {
  reply.hijack();
  insights(request.raw, reply.raw);
});
