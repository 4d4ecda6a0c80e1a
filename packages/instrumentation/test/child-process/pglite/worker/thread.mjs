import { createRequire } from 'node:module';
import { trace } from '@opentelemetry/api';
import './web-worker.mjs';

const require = createRequire(import.meta.url);
const load = async (file) => (file.endsWith('.cjs') ? require(file) : import(file));
const { PGlite } = await load(process.env.PGLITE);
const { worker } = await load(process.env.PGLITE_WORKER);

worker({ init: async () => new PGlite() });

addEventListener('message', async ({ data }) => {
  if (data !== 'flush') return;
  await trace.getTracerProvider().getDelegate().forceFlush();
  postMessage('flushed');
});
