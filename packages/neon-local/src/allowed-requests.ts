import type { IncomingMessage } from 'node:http';
import * as net from 'node:net';

export interface AllowedRequestsOptions {
  /** The name or address that the endpoint listens on. */
  readonly host: string;
  readonly allowedHosts?: readonly string[];
  readonly allowedOrigins?: readonly string[];
}

export type Admission =
  | { readonly type: 'allowed'; readonly origin: string | undefined }
  | { readonly type: 'refused'; readonly reason: string };

/**
 * Accepted values of `Sec-Fetch-Site` in requests without `Origin`: programs send none, browsers send `none` for a typed
 * address and `same-origin` from a page of the endpoint itself.
 * https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
 */
const NOT_OF_A_PAGE: readonly unknown[] = [undefined, 'none', 'same-origin'];

/**
 * Decides which requests are answered. An endpoint on 127.0.0.1 runs SQL, and every page in a browser on this machine
 * can reach it. A page of another site sends its `Origin`, except with a GET for an image, a script, a form or a link.
 * `Sec-Fetch-Site` shows the source of such a request. A page whose name resolves to 127.0.0.1 (DNS rebinding) has that
 * name in `Host`.
 */
export class AllowedRequests {
  readonly #hosts: ReadonlySet<string>;
  readonly #origins: ReadonlySet<string>;

  /** @throws {TypeError} for an invalid host or origin */
  constructor({ host, allowedHosts = [], allowedOrigins = [] }: AllowedRequestsOptions) {
    this.#hosts = new Set([host.toLowerCase(), ...allowedHosts.map(readHost)]);
    this.#origins = new Set(allowedOrigins.map(readOrigin));
  }

  admit({ headers, headersDistinct }: IncomingMessage): Admission {
    const { host = '', origin } = headers;
    const hostname = hostnameOf(host);
    if (headersDistinct['host']?.length !== 1 || hostname === undefined) {
      return { type: 'refused', reason: 'exactly one valid Host header is required' };
    }
    if (!this.#isAllowedHost(hostname)) {
      return {
        type: 'refused',
        reason: `the host ${JSON.stringify(hostname)} is not allowed; --allow-host (allowedHosts) allows it`,
      };
    }
    if (origin === undefined) {
      if (NOT_OF_A_PAGE.includes(headers['sec-fetch-site'])) return { type: 'allowed', origin };
      return { type: 'refused', reason: 'a page may only send requests with an Origin that is allowed' };
    }
    if (!this.#origins.has(origin.toLowerCase())) {
      return {
        type: 'refused',
        reason: `the origin ${JSON.stringify(origin)} is not allowed; --allow-origin (allowedOrigins) allows it`,
      };
    }
    return { type: 'allowed', origin };
  }

  /** DNS can rebind names, but not IP addresses. Browsers resolve `localhost` and names below it to loopback only. */
  #isAllowedHost(hostname: string): boolean {
    return (
      net.isIP(hostname.replace(/^\[(.*)\]$/, '$1')) !== 0 ||
      hostname === 'localhost' ||
      hostname.endsWith('.localhost') ||
      this.#hosts.has(hostname)
    );
  }
}

/** The host of `name`, `name:port` or `[::1]:port`. */
function hostnameOf(host: string): string | undefined {
  if (!/^[^\s/?#@\\]+$/.test(host) || !URL.canParse(`http://${host}`)) return undefined;
  return new URL(`http://${host}`).hostname;
}

/** @throws {TypeError} */
export function readHost(text: string): string {
  const hostname = hostnameOf(text);
  if (hostname !== undefined && hostname === text.toLowerCase()) return hostname;
  throw new TypeError(
    `an allowed host must be a name like db.example, without a port; got ${JSON.stringify(text)}`,
  );
}

/** @throws {TypeError} */
export function readOrigin(text: string): string {
  const origin = text.toLowerCase();
  if (/^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@\\]+$/.test(origin)) return origin;
  throw new TypeError(
    `an allowed origin must be like http://localhost:5173, without a path; got ${JSON.stringify(text)}`,
  );
}
