import { isEnding } from '../process/ending';

/** What of an OTLP/gRPC exporter's insides is touched here; the same on both lines, and nothing happens without it. */
interface GrpcExporterInsides {
  _delegate?: { _transport?: { send?(data: Uint8Array, timeoutMillis: number): Promise<unknown> } };
}

/** Shorter than the 5 s between two batches: back to back, their calls would never leave a moment to end in. */
const CALL_MILLIS = 4_000;
/** What is left of a process that has nothing more to do. */
const LAST_CALL_MILLIS = 2_000;

/**
 * A gRPC call keeps the process alive until it is answered or its time is over, and nothing of `@grpc/grpc-js` can
 * be unref'd from outside. So its time is short, unless the environment says how long it is.
 */
export function limitGrpc<Exporter extends object>(exporter: Exporter, isTimeoutSet: boolean): Exporter {
  const transport = (exporter as GrpcExporterInsides)._delegate?._transport;
  const send = transport?.send;
  if (transport === undefined || send === undefined) return exporter;
  transport.send = (data, timeoutMillis) => {
    const usual = isTimeoutSet ? timeoutMillis : CALL_MILLIS;
    return send.call(transport, data, isEnding() ? Math.min(usual, LAST_CALL_MILLIS) : usual);
  };
  return exporter;
}
