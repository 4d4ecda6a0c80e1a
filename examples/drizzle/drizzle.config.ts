import { drizzleConfig } from '@pg-otel/pool-sizing/drizzle';

// Over DATABASE_URL_UNPOOLED: a pooler in transaction mode is no place for migrations.
export default drizzleConfig(process.env, { schema: './schema.js', out: './drizzle' });
