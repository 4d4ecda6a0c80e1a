import { checkAuthorize, type Endpoint, isAuthorized } from './access';
import { Endpoints, type EndpointsOptions } from './endpoints';
import type { LiveStream } from './live-streams';

/** Options of {@link createInsightsRoute}. */
export interface InsightsRouteOptions extends EndpointsOptions {
  /**
   * Decides who may read an endpoint. A rejection or an error refuses the request. It is required, because a `Request`
   * does not show where it comes from.
   */
  readonly authorize: (request: Request, endpoint: Endpoint) => boolean | Promise<boolean>;
}

/** A route for frameworks of Web requests and responses, such as route handlers of Next.js. */
export type InsightsRoute = (request: Request) => Promise<Response>;

/**
 * Serves the endpoints of {@link createInsightsHandler} to frameworks whose routes get a `Request` and return a
 * `Response`.
 *
 * @throws {InsightsOptionsError} if `authorize` is missing, or for an option that is not accepted
 * @example
 * // app/insights/[[...endpoint]]/route.ts
 * export const GET = createInsightsRoute({ path: '/insights', authorize: (request) => isAdmin(request) });
 */
export function createInsightsRoute(options: InsightsRouteOptions): InsightsRoute {
  const { authorize } = options;
  checkAuthorize(authorize);
  const endpoints = new Endpoints(options);
  return async (request) => {
    const { status, headers, body } = await endpoints.answer({
      method: request.method,
      url: new URL(request.url).pathname,
      isAllowed: (endpoint) => isAuthorized(() => authorize(request, endpoint)),
    });
    if (typeof body === 'string')
      return new Response(request.method === 'HEAD' ? null : body, { status, headers });
    // The next stream must not keep the connection, and so the server that closes.
    return new Response(streamOf(body), { status, headers: { ...headers, Connection: 'close' } });
  };
}

/**
 * After so many updates a stream ends, and the page opens the next one. A server that closes waits for its responses, and
 * a `Request` does not show when that is.
 */
const UPDATES = 10;
/** Browsers do not dispatch an event without data. */
const END = 'event: end\ndata: {}\n\n';

/** What waits in the stream is an update that its reader has not received. */
function streamOf(updates: LiveStream): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let written = 0;
  return new ReadableStream({
    start(controller) {
      const write = (text: string): void => {
        written += 1;
        controller.enqueue(encoder.encode(text));
      };
      updates.start({
        write,
        isBehind: () => (controller.desiredSize ?? 0) <= 0,
        isDue: () => written >= UPDATES,
        end() {
          write(END);
          controller.close();
        },
        // The name by which servers know that this is no failure of the route.
        disconnect: () => controller.error(new DOMException('The reader did not keep up.', 'AbortError')),
      });
    },
    cancel: () => updates.close(),
  });
}
