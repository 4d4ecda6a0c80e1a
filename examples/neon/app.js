import { neon, neonConfig } from '@neondatabase/serverless';

// Not needed with Neon itself: for a local endpoint, such as that of @pg-otel/neon-local.
if (process.env.NEON_FETCH_ENDPOINT) neonConfig.fetchEndpoint = process.env.NEON_FETCH_ENDPOINT;

const sql = neon(process.env.DATABASE_URL);
const [row] = await sql`SELECT count(*) AS tables FROM pg_class WHERE relkind = ${'r'}`;
console.log(`${row.tables} tables`);
