import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { checkNames, InsightsOptionsError } from '../options';
import { isLoopbackHost } from './access';
import { createInsightsHandler, type InsightsHandlerOptions } from './handler';

/** Options of {@link serveInsights}. */
export interface InsightsServerOptions extends Omit<InsightsHandlerOptions, 'path'> {
  /** 1 to 65535; 0 for any free port. */
  readonly port: number;
  /** Where to listen. Beyond loopback, `authorize` is required. Default: `127.0.0.1`. */
  readonly host?: string;
}

/** A server that {@link serveInsights} has started. */
export interface InsightsServer {
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

const MAX_CONNECTIONS = 300;
const MAX_HEADER_BYTES = 16_384;
/** For the headers and the body of a request, and for a connection on which nothing moves. */
const REQUEST_MILLIS = 10_000;

/**
 * Starts a server for the insights. It does not keep the process alive.
 *
 * @throws {InsightsOptionsError} for an option that is not accepted, or for a host beyond loopback without `authorize`
 * @throws the error of `listen`, such as EADDRINUSE, with the option in its message
 */
export async function serveInsights(options: InsightsServerOptions): Promise<InsightsServer> {
  checkNames(options, ['port', 'host', 'authorize', 'insights']);
  const { port, host = '127.0.0.1', ...forHandler } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new InsightsOptionsError('port', 'must be a whole number from 0 to 65535');
  }
  if (options.authorize === undefined && !isLoopbackHost(host)) {
    throw new InsightsOptionsError('host', 'must be a loopback address, or authorize must be set');
  }
  const server = createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: REQUEST_MILLIS, requestTimeout: REQUEST_MILLIS },
    createInsightsHandler(forHandler),
  );
  server.maxConnections = MAX_CONNECTIONS;
  // A reader that does not read holds an answer, and an `authorize` that never decides a request.
  server.timeout = REQUEST_MILLIS;
  // Otherwise the workers of a cluster would share the port, and each request would reach another one.
  server.listen({ port, host, exclusive: true });
  try {
    await once(server, 'listening');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'EADDRINUSE' ? 'is in use' : `cannot be used (${code})`;
    throw Object.assign(new Error(`port: port ${port} of ${host} ${reason}`), { code });
  }
  server.unref();
  // Neither do its connections: a reader keeps them open, and a browser its stream.
  server.on('connection', (socket) => socket.unref());
  const address = server.address() as AddressInfo;
  return {
    port: address.port,
    url: `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}/`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
