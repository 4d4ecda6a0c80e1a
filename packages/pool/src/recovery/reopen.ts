import { destroy, type PgClient, type PgPool } from '../pg-pool';
import { deadline } from '../timers';

/**
 * Opens a connection of the pool, and leaves it to the pool.
 *
 * @param signal ends the attempt
 * @param release called with the open connection to release it
 * @throws the error of the driver, also when the attempt took longer than the timeout
 */
export async function openConnection(
  pool: PgPool,
  timeoutMillis: number,
  signal: AbortSignal,
  release: (client: PgClient, releaseClient: () => void) => void,
): Promise<void> {
  let stop = () => {};
  try {
    await new Promise<void>((resolve, reject) => {
      const before = pool._clients.length;
      pool.newClient({
        callback(error, client, releaseClient) {
          if (error || client === undefined || releaseClient === undefined) return reject(error);
          // pg-pool counts a release as a use (`maxUses`).
          client._poolUseCount = (client._poolUseCount ?? 0) - 1;
          release(client, releaseClient);
          resolve();
        },
      });
      const client = pool._clients[before];
      const giveUp = () => {
        if (client !== undefined) destroy(client);
        reject(Object.assign(new Error('No answer'), { code: 'timeout' }));
      };
      stop = deadline(timeoutMillis, giveUp, signal);
    });
  } finally {
    stop();
  }
}
