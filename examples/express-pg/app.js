import { createInsightsHandler } from '@pg-otel/insights';
import express from 'express';
import { logger } from './logger.js';
import { requireOperator } from './operator.js';
import { createOrder, listOrders, OrderRefused, readOrder } from './orders.js';
import { salesReport } from './reports.js';

export const app = express();
app.use(express.json());

app.param('id', (_request, response, next, id) => {
  if (/^\d{1,9}$/.test(id)) next();
  else response.status(404).json({ error: 'There is no such order.' });
});

app.get('/orders', async (_request, response) => {
  response.json(await listOrders());
});

app.get('/orders/:id', async (request, response) => {
  const order = await readOrder(Number(request.params.id));
  if (order === undefined) response.status(404).json({ error: 'There is no such order.' });
  else response.json(order);
});

app.post('/orders', async (request, response) => {
  const order = await createOrder(request.body);
  response.status(201).location(`/orders/${order.id}`).json(order);
});

app.get('/reports/sales', async (_request, response) => {
  response.json(await salesReport());
});

const insights = createInsightsHandler({
  // Load balancers read the health without a password. All else is for operators, as other routes below /admin.
  authorize: (request, endpoint) => endpoint === 'health' || request.operator !== undefined,
});
app.get('/health', insights);
app.use('/admin', requireOperator);
app.use('/admin/postgres', insights);

// Express knows a handler of errors by its four parameters.
app.use((error, _request, response, _next) => {
  if (error instanceof OrderRefused) return response.status(422).json({ error: error.message });
  if (error.expose) return response.status(error.status).json({ error: error.message });
  logger.error(error);
  response.status(500).json({ error: 'Something went wrong.' });
});
