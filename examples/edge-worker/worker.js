import './context.js';
import * as serverless from '@neondatabase/serverless';
import { trace } from '@opentelemetry/api';
import { instrument } from '@pg-otel/instrumentation/edge';
import { startTelemetry } from './telemetry.js';

const { neon, neonConfig } = instrument(serverless);

export default {
  async fetch(request, env, ctx) {
    const telemetry = startTelemetry(env);
    // Not needed with Neon itself: for a local endpoint, such as that of @pg-otel/neon-local.
    if (env.NEON_FETCH_ENDPOINT) neonConfig.fetchEndpoint = env.NEON_FETCH_ENDPOINT;

    const { method } = request;
    return trace.getTracer('edge-worker').startActiveSpan(method, async (span) => {
      try {
        const sql = neon(env.DATABASE_URL);
        const [row] = await sql`SELECT count(*) AS tables FROM pg_class WHERE relkind = ${'r'}`;
        return Response.json({ tables: Number(row.tables) });
      } finally {
        span.end();
        // After the answer: nothing runs between requests, so what waits is sent by this one.
        ctx.waitUntil(telemetry.forceFlush());
      }
    });
  },
};
