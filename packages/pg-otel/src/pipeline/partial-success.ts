import { serializing } from '../sdk/internals';

/** https://opentelemetry.io/docs/specs/otlp/#partial-success */
interface Response {
  readonly partialSuccess?: Readonly<Record<string, unknown>> | null;
}
const COUNTS = ['rejectedSpans', 'rejectedDataPoints', 'rejectedLogRecords'];

/** Calls back when a receiver has rejected a part of an export. The exporter reports that to `diag` only. */
export function onPartialSuccess<Exporter extends object>(
  exporter: Exporter,
  rejected: () => void,
): Exporter {
  const holder = serializing<unknown>(exporter);
  if (holder === undefined) return exporter;
  const standard = holder._serializer;
  holder._serializer = {
    serializeRequest: (request) => standard.serializeRequest(request),
    deserializeResponse(data) {
      const response = standard.deserializeResponse(data);
      const { partialSuccess } = (response ?? {}) as Response;
      // A count of 64 bits may be a number, a text or an object. With a count of 0, the answer is a mere hint.
      if (COUNTS.some((name) => Number(String(partialSuccess?.[name] ?? 0)) > 0)) rejected();
      return response;
    },
  };
  return exporter;
}
