import pg from "pg";

const globals = globalThis as { pool?: pg.Pool };

// In development with webpack, each route evaluates this file, and would have its own pool.
globals.pool ??= new pg.Pool({ connectionString: process.env.DATABASE_URL });

export const db = globals.pool;
