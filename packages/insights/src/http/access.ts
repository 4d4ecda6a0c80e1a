import type { IncomingMessage } from 'node:http';
import { InsightsOptionsError } from '../options';
import { warnOnce } from '../warnings';

/** The endpoints of the handler. `page` is the status page, `live` its stream of updates. */
export type Endpoint = 'page' | 'all' | 'performance' | 'connections' | 'pools' | 'health' | 'live';

/**
 * Decides who may read an endpoint. A rejection or an error refuses the request.
 *
 * @returns true to allow the request
 */
export type Authorize = (request: IncomingMessage, endpoint: Endpoint) => boolean | Promise<boolean>;

const LOOPBACK_NAMES = new Set(['localhost', '127.0.0.1', '[::1]']);
const LOOPBACK_ADDRESS = /^(?:::ffff:)?127\.|^::1$/;
/** Headers of a proxy in front of the process: its client may be anywhere. */
const PROXY_HEADER = /^(?:forwarded|x-forwarded-.+|x-real-ip|via)$/;

/** @throws {InsightsOptionsError} */
export function checkAuthorize(authorize: unknown): void {
  if (typeof authorize !== 'function') throw new InsightsOptionsError('authorize', 'must be a function');
}

/** Whether a request may read an endpoint. Without `authorize`, only programs on the same machine may. */
export async function isAllowed(
  request: IncomingMessage,
  endpoint: Endpoint,
  authorize: Authorize | undefined,
): Promise<boolean> {
  return authorize === undefined ? isLocal(request) : isAuthorized(() => authorize(request, endpoint));
}

/** Whether the application's check is true. Its error refuses the request. */
export async function isAuthorized(check: () => boolean | Promise<boolean>): Promise<boolean> {
  try {
    return (await check()) === true;
  } catch (error) {
    const name = error instanceof Error ? error.name : typeof error;
    warnOnce('PG_OTEL_INSIGHTS_REFUSED', `authorize has thrown an error (${name}), so requests are refused.`);
    return false;
  }
}

/**
 * The name in `Host` is checked, because a page of another site may have its name resolved to this machine (DNS
 * rebinding). Of proxies, nginx before 1.29.7 sends HTTP/1.0 unless it is configured, and a loopback name without any
 * header of a proxy.
 */
function isLocal({ socket, headers, httpVersion }: IncomingMessage): boolean {
  const name = (headers.host ?? '').replace(/:\d*$/, '').toLowerCase();
  return (
    LOOPBACK_ADDRESS.test(socket.remoteAddress ?? '') &&
    LOOPBACK_NAMES.has(name) &&
    httpVersion !== '1.0' &&
    !Object.keys(headers).some((header) => PROXY_HEADER.test(header))
  );
}

/** Whether a server that listens on this host is reached from the same machine only. */
export const isLoopbackHost = (host: string): boolean =>
  LOOPBACK_NAMES.has(host.toLowerCase()) || LOOPBACK_ADDRESS.test(host);
