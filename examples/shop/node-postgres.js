import pg from 'pg';
import { usePool } from './pool.js';

/** Where the database is, PGHOST, PGDATABASE and the like say. */
export async function open(options) {
  const pool = new pg.Pool(options);
  return {
    sql,
    ...(await usePool(pool)),
    async rows(statement) {
      return (await pool.query(statement)).rows;
    },
    async transaction(statements) {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        const results = [];
        for (const statement of statements) results.push((await client.query(statement)).rows);
        await client.query('COMMIT');
        return results;
      } catch (error) {
        await client.query('ROLLBACK');
        throw error;
      } finally {
        client.release();
      }
    },
  };
}

function sql(texts, ...values) {
  return { text: texts.reduce((text, next, index) => `${text}$${index}${next}`), values };
}
