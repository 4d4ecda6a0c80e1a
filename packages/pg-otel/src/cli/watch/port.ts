import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { BadInput, shown } from '../bad-input';

/**
 * The port for the insights of a program: the one that the user has set, otherwise a free one.
 *
 * @param given the value of `PG_OTEL_INSIGHTS`
 * @throws {BadInput} for a port that is not accepted, or in use
 */
export async function choosePort(given = ''): Promise<number> {
  if (given.trim() === '') return listenOnce(0);
  const port = Number(given);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new BadInput(
      `PG_OTEL_INSIGHTS must be a port from 1 to 65535, got ${shown(given)} (from the environment)`,
    );
  }
  try {
    return await listenOnce(port);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'EADDRINUSE' ? 'is in use' : `cannot be used (${code})`;
    throw new BadInput(
      `Port ${port} of PG_OTEL_INSIGHTS ${reason}. Without the variable, any free port is used`,
    );
  }
}

async function listenOnce(port: number): Promise<number> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  const { port: used } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return used;
}
