import { app } from './app.js';

const url = await app.listen({ port: Number(process.env.PORT ?? 3000), host: '127.0.0.1' });
console.log(`Concerts: ${url}
  curl ${url}/concerts
  curl ${url}/concerts/1
  curl ${url}/concerts/1/tickets --json '{"holder": "Ada"}'
Page:     ${url}/insights`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // The process ends when nothing is left to do. pg-otel exports pending telemetry before.
  process.once(signal, () => void app.close());
}
