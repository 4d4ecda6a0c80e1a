import { drizzleConfig } from '@pg-otel/pool-sizing/drizzle';

// Over DATABASE_URL_UNPOOLED, by TCP with `pg`: a pooler in transaction mode is no place for migrations.
export default drizzleConfig(process.env, { schema: './src/schema.ts', out: './drizzle' });
