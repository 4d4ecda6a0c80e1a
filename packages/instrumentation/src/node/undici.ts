import { AsyncLocalStorage } from 'node:async_hooks';
import { type RequestObserver, type Transport, useTransport } from '../drivers/neon-http/transport';
import { receive } from './subscription';

/** Undici's request (lib/core/request.js). By version, headers are a list of alternating names and values, or text. */
interface UndiciRequest {
  readonly origin?: string | URL;
  readonly headers?: readonly (string | readonly string[])[] | string;
}
interface UndiciConnect {
  readonly connectParams: { readonly host: string; readonly protocol: string };
  readonly socket?: { readonly remoteAddress?: string; readonly remotePort?: number };
  readonly error?: unknown;
}

/** The state of a query over HTTP while its request is being sent. */
interface PendingQuery {
  readonly observer: RequestObserver;
  /** The origin of the query's request, set when the request is created. Requests to other origins are ignored. */
  origin: string | undefined;
  /**
   * Callbacks for connections that are being opened, in the order of their starts; called when one is open or has
   * failed.
   */
  readonly connects: ReturnType<RequestObserver['connecting']>[];
}

const pendingQuery = new AsyncLocalStorage<PendingQuery>();
const observers = new WeakMap<object, RequestObserver>();

/** For the diagnostic log. */
const WHERE = 'a request over HTTP';

let isFollowing = false;

/**
 * Observes the connections and requests of Node's fetch, through the diagnostics channels of undici (undici
 * docs/api/DiagnosticsChannel.md). Messages about a connection arrive in the asynchronous context of the request that
 * opens it. A response may arrive in another context, so it is matched by its request object. An application may also
 * fetch a token in the context of a query, so all requests that are not for Neon are ignored.
 */
export function followUndici(): void {
  if (isFollowing) return;
  isFollowing = true;
  useTransport(((observer, send) =>
    pendingQuery.run({ observer, origin: undefined, connects: [] }, send)) as Transport);

  receive('undici:request:create', WHERE, (message) => {
    const { request } = message as { request: UndiciRequest };
    const query = pendingQuery.getStore();
    if (query === undefined || !hasConnectionString(request.headers)) return;
    query.origin = String(request.origin);
    observers.set(request, query.observer);
    query.observer.requested(() => pairs(request.headers));
  });
  receive('undici:client:beforeConnect', WHERE, (message) => {
    const query = queryOf(message as UndiciConnect);
    query?.connects.push(query.observer.connecting());
  });
  receive('undici:client:connected', WHERE, (message) => {
    const { remoteAddress: address, remotePort: port } = (message as UndiciConnect).socket ?? {};
    const peer = address === undefined ? undefined : { address, port };
    queryOf(message as UndiciConnect)?.connects.shift()?.(undefined, peer);
  });
  receive('undici:client:connectError', WHERE, (message) => {
    const { error = new Error('connect') } = message as UndiciConnect;
    queryOf(message as UndiciConnect)?.connects.shift()?.(error);
  });
  receive('undici:client:sendHeaders', WHERE, (message) => {
    observers.get((message as { request: object }).request)?.sending();
  });
  receive('undici:request:headers', WHERE, (message) => {
    const { request, response } = message as { request: object; response: { statusCode: number } };
    observers.get(request)?.answered(response.statusCode);
  });
}

/** Calls a function for each request of Neon's driver while the driver is not instrumented. */
export function whenUninstrumented(report: () => void): void {
  receive('undici:request:create', WHERE, (message) => {
    const { headers } = (message as { request: UndiciRequest }).request;
    if (pendingQuery.getStore() === undefined && hasConnectionString(headers)) report();
  });
}

function queryOf({ connectParams: { protocol, host } }: UndiciConnect): PendingQuery | undefined {
  const query = pendingQuery.getStore();
  return query?.origin === `${protocol}//${host}` ? query : undefined;
}

function hasConnectionString(headers: UndiciRequest['headers']): boolean {
  const isName = (text: unknown): boolean => /^neon-connection-string$/i.test(String(text));
  return typeof headers === 'string'
    ? /^neon-connection-string:/im.test(headers)
    : headers?.some(isName) === true;
}

function pairs(headers: UndiciRequest['headers']): [string, string][] {
  if (typeof headers === 'string') {
    return headers
      .split('\r\n')
      .filter((line) => line.includes(': '))
      .map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]);
  }
  const found: [string, string][] = [];
  for (let index = 0; index + 1 < (headers?.length ?? 0); index += 2) {
    found.push([String(headers?.[index]), String(headers?.[index + 1])]);
  }
  return found;
}
