import { unobserved } from '@pg-otel/instrumentation/pools';
import { destroy, type PgPool } from '../pg-pool';
import { deadline } from '../timers';

/**
 * Opens a connection outside the pool and closes it, to see whether the server accepts connections. It takes no place in
 * the pool, so requests neither wait for it nor fail because of it, and `pool.end()` does not wait for it.
 *
 * @param signal ends the attempt
 * @throws the error of the driver, or one with the code `timeout`
 */
export async function probe(pool: PgPool, timeoutMillis: number, signal: AbortSignal): Promise<void> {
  const client = new pool.Client(pool.options);
  // Without a listener, an error after the connection attempt would end the process.
  client.on('error', () => {});
  try {
    await new Promise<void>((resolve, reject) => {
      const giveUp = () => reject(Object.assign(new Error('No answer'), { code: 'timeout' }));
      const stop = deadline(timeoutMillis, giveUp, signal);
      unobserved(() =>
        client.connect((error: unknown) => {
          stop();
          if (error) reject(error);
          else resolve();
        }),
      );
    });
  } finally {
    // The driver's `end` would wait for an attempt that gets no answer.
    if (client._connected !== true) destroy(client);
    client.end(() => {});
  }
}
