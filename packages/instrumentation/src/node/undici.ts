import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import { type RequestObserver, type Transport, useTransport } from '../drivers/neon-http/transport';

/** Undici's request (undici lib/core/request.js): a list of names and values in turn, or one text, by version. */
interface UndiciRequest {
  readonly headers?: readonly (string | readonly string[])[] | string;
}
interface UndiciSocket {
  readonly remoteAddress?: string;
  readonly remotePort?: number;
}

const asking = new AsyncLocalStorage<RequestObserver>();
const observers = new WeakMap<object, RequestObserver>();
const ends = new WeakMap<RequestObserver, ReturnType<RequestObserver['connecting']>>();

let isFollowing = false;

/**
 * What Node's fetch is made of says when it opens a connection (undici docs/api/DiagnosticsChannel.md). These messages
 * come in the asynchronous context of the request that opens it; its answer may come in another's, and is known by
 * the request.
 */
export function followUndici(): void {
  if (isFollowing) return;
  isFollowing = true;
  useTransport(asking.run.bind(asking) as Transport);

  subscribe('undici:request:create', (message) => {
    const { request } = message as { request: UndiciRequest };
    const observer = asking.getStore();
    if (observer === undefined) return;
    observers.set(request, observer);
    observer.requested(() => pairs(request.headers));
  });
  subscribe('undici:client:beforeConnect', () => {
    const observer = asking.getStore();
    if (observer !== undefined) ends.set(observer, observer.connecting());
  });
  subscribe('undici:client:connected', (message) => {
    const { socket } = message as { socket?: UndiciSocket };
    const address = socket?.remoteAddress;
    endConnecting(undefined, address === undefined ? undefined : { address, port: socket?.remotePort });
  });
  subscribe('undici:client:connectError', (message) => {
    endConnecting((message as { error?: unknown }).error ?? new Error('connect'));
  });
  subscribe('undici:client:sendHeaders', (message) => {
    observers.get((message as { request: object }).request)?.sending();
  });
  subscribe('undici:request:headers', (message) => {
    const { request, response } = message as { request: object; response: { statusCode: number } };
    observers.get(request)?.answered(response.statusCode);
  });
}

function endConnecting(error: unknown, peer?: { address: string; port: number | undefined }): void {
  const observer = asking.getStore();
  if (observer === undefined) return;
  ends.get(observer)?.(error, peer);
  ends.delete(observer);
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
