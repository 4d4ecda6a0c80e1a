import { context, trace } from '@opentelemetry/api';

/** Requests below a span, by ways that a context manager has to follow. */
export const parents = {
  /** Active during the call only, as docs/guides/lambda-and-edge.md describes for runtimes without AsyncLocalStorage. */
  'within-the-call': ({ sql, Pool, env }) =>
    below('request', async (within) => {
      await within(() => sql`SELECT 1 AS one`.then());
      await within(() => sql.query('SELECT 2 AS two').then());
      await within(() => sql.transaction([sql`SELECT 3 AS three`, sql`SELECT 4 AS four`]));
      const pool = new Pool({ connectionString: env.DATABASE_URL });
      await within(() => pool.query('SELECT 5 AS five'));
      await pool.end();
    }),
  /** `await` runs after the call. */
  awaited: ({ sql, Pool, env }) =>
    below('request', (within) =>
      within(async () => {
        await sql`SELECT 1 AS one`;
        await sql.query('SELECT 2 AS two');
        await sql.transaction([sql`SELECT 3 AS three`, sql`SELECT 4 AS four`]);
        const pool = new Pool({ connectionString: env.DATABASE_URL });
        await pool.query('SELECT 5 AS five');
        await pool.end();
      }),
    ),
};

async function below(name, work) {
  const span = trace.getTracer('application').startSpan(name);
  const parent = trace.setSpan(context.active(), span);
  await work((run) => context.with(parent, run));
  span.end();
  return 'done';
}
