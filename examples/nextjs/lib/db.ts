import pg from 'pg';

const globals = globalThis as { pool?: pg.Pool };

// In development, a change of a file evaluates this one again. The pool stays.
globals.pool ??= new pg.Pool({ connectionString: process.env.DATABASE_URL });

export const db = globals.pool;
