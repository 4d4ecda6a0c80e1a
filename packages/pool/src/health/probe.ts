import { unobserved } from '@pg-otel/instrumentation/pools';
import { destroy, type PgPool } from '../pg-pool';

type Rows = readonly Readonly<Record<string, unknown>>[];

/**
 * Opens a connection outside the pool and closes it, to see whether the server accepts connections, or to ask it
 * something. It takes no place in the pool, so requests neither wait for it nor fail because of it, and `pool.end()` does
 * not wait for it.
 *
 * @returns the rows of the statement, if there is one
 * @throws the error of the driver, or one with the code `timeout`
 */
export async function probe(pool: PgPool, timeoutMillis: number, statement?: string): Promise<Rows> {
  const client = new pool.Client(pool.options);
  // Without a listener, an error after the connection attempt would end the process.
  client.on('error', () => {});
  try {
    return await new Promise<Rows>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(Object.assign(new Error('No answer'), { code: 'timeout' })),
        timeoutMillis,
      );
      const settle = (error: unknown, rows: Rows) => {
        clearTimeout(timer);
        if (error) reject(error);
        else resolve(rows);
      };
      unobserved(() => {
        client.connect((error: unknown) => {
          if (error || statement === undefined) return settle(error, []);
          unobserved(() =>
            client.query(statement, (failure: unknown, result?: { rows?: Rows }) =>
              settle(failure, result?.rows ?? []),
            ),
          );
        });
      });
    });
  } finally {
    // The driver's `end` would wait for an attempt that gets no answer.
    if (client._connected !== true) destroy(client);
    client.end(() => {});
  }
}
