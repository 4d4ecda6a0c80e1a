import { trace } from '@opentelemetry/api';
import './web-worker.mjs';

const { PGlite } = await import(process.env.PGLITE);
const { worker } = await import(process.env.PGLITE_WORKER);

worker({ init: async () => new PGlite() });

addEventListener('message', async ({ data }) => {
  if (data !== 'flush') return;
  await trace.getTracerProvider().getDelegate().forceFlush();
  postMessage('flushed');
});
