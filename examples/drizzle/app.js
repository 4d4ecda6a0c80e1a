import { planFromEnv } from '@pg-otel/pool-sizing';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { products } from './schema.js';

const plan = planFromEnv(process.env);
for (const { message } of plan.warnings) console.warn(message);

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, ...plan.pool });
const db = drizzle(pool);
const [product] = await db.insert(products).values({ name: 'Tea', price: 450 }).returning();
console.log(`${product.name}, from a pool of ${plan.pool.max}`);
await pool.end();
