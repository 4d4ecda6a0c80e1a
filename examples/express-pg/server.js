import { logTo } from '@pg-otel/insights';
import { app } from './app.js';
import { createSchema, pool } from './database.js';
import { logger } from './logger.js';
import { operator } from './operator.js';

// Slow queries, failed connections and changes of the pool, with their trace id.
logTo(logger);

await createSchema();

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', (error) => {
  if (error) throw error;
  const url = `http://127.0.0.1:${server.address().port}`;
  console.log(`Orders:  ${url}
  curl ${url}/orders
  curl ${url}/orders --json '{"customer": "Ada", "items": [{"product": 1, "quantity": 2}]}'
  curl ${url}/reports/sales        # slow: see the log
  curl ${url}/health
Page:    ${url}/admin/postgres  (user ${operator.name}, password ${operator.shownPassword})`);
});

for (const signal of ['SIGINT', 'SIGTERM']) {
  // The process ends when nothing is left to do. pg-otel exports pending telemetry before.
  process.once(signal, () => server.close(() => pool.end()));
}
