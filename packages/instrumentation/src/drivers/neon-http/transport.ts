/** Of the connection below a request, as far as the runtime tells. */
export interface RequestObserver {
  /**
   * A request is about to be sent. One that the driver was seen sending is known; of others this tells.
   *
   * @param headers what reads its headers, in any form that `Headers` takes
   */
  requested(headers: () => unknown): void;
  /** A connection is opened for the request; returns what is to be called at its end. */
  connecting(): (error: unknown, peer?: { address: string; port: number | undefined }) => void;
  /** The request goes over a connection that is open, perhaps just opened. */
  sending(): void;
  answered(status: number): void;
}

/** Runs what sends a request, and tells its observer what becomes of it. */
export type Transport = <Result>(observer: RequestObserver, send: () => Result) => Result;

/** Not called through a function of ours: each frame here is one less of the caller's in a stack. */
export let transport: Transport = (_observer, send) => send();

export function useTransport(told: Transport): void {
  transport = told;
}
