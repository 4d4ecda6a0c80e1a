import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Authorize, checkAuthorize, isAllowed } from './access';
import { Endpoints, type EndpointsOptions } from './endpoints';

/** Options of {@link createInsightsHandler}. */
export interface InsightsHandlerOptions extends EndpointsOptions {
  /**
   * Decides who may read an endpoint. Without it, only programs on the same machine may: the connection comes from a
   * loopback address, `Host` is a loopback name, and no header shows a proxy.
   */
  readonly authorize?: Authorize;
}

/** A handler for `node:http`, and for frameworks that accept its requests and responses. */
export type InsightsHandler = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Serves the status page, the insights as JSON (`all`, `performance`, `connections`, `pools`), for health checks (`health`, 200 or 503) and
 * as a stream of updates (`live`). Only GET and HEAD are accepted, and bodies are not read.
 *
 * @throws {InsightsOptionsError} for an option that is not accepted
 * @example
 * app.use('/insights', createInsightsHandler({ authorize: (request) => isAdmin(request) }));
 */
export function createInsightsHandler(options: InsightsHandlerOptions = {}): InsightsHandler {
  const { authorize } = options;
  if (authorize !== undefined) checkAuthorize(authorize);
  const endpoints = new Endpoints(options);

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, headers, body } = await endpoints.answer({
      method: request.method,
      url: request.url ?? '/',
      isAllowed: (endpoint) => isAllowed(request, endpoint, authorize),
    });
    const isText = typeof body === 'string';
    // The client has left while `authorize` ran, or `authorize` has answered, such as by a redirection to a login.
    if (response.destroyed || response.headersSent) {
      if (!isText) body.close();
      return;
    }
    if (!isText) response.on('close', () => body.close());
    response.writeHead(status, headers);
    if (isText) response.end(body);
    else
      body.start({
        write: (text) => void response.write(text),
        // Not `writableNeedDrain`: responses of HTTP/2 do not have it (nodejs/node#63000).
        isBehind: () => response.writableLength > 0,
        isDue: () => isClosing(request),
        end: () => void response.destroy(),
        disconnect: () => void response.destroy(),
      });
  }

  return (request, response) => {
    respond(request, response).catch(() => response.destroy());
  };
}

/** Node's HTTP server sets itself on its sockets (`_http_server.js`, `connectionListenerInternal`). */
function isClosing(request: IncomingMessage): boolean {
  const { server } = request.socket as { server?: { readonly listening: boolean } };
  return server?.listening === false;
}
