/** What the runtime reports about the connection of a request. */
export interface RequestObserver {
  /**
   * A request is about to be sent. Needed only when the patched `fetchFunction` has not reported the request.
   *
   * @param headers reads the headers, in any form that `Headers` takes
   */
  requested(headers: () => unknown): void;
  /** A connection is being opened for the request. Returns the function to call when it is open or has failed. */
  connecting(): (error: unknown, peer?: { address: string; port: number | undefined }) => void;
  /** The request is sent over an open connection, which may be new. */
  sending(): void;
  answered(status: number): void;
}

/** Sends a request, and reports its progress to the observer. */
export type Transport = <Result>(observer: RequestObserver, send: () => Result) => Result;

/** A variable that is called directly, because each frame of pg-otel displaces a frame of the caller in a stack. */
export let transport: Transport = (_observer, send) => send();

export function useTransport(next: Transport): void {
  transport = next;
}
