/** Why an export failed, as a short reason for messages and the setting to check. It never contains the receiver's text. */
export interface ExportFailure {
  readonly reason: string;
  readonly fix: 'endpoint' | 'headers' | 'certificate' | 'path';
}

/** https://grpc.io/docs/guides/status-codes/ */
const grpcStatus = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];

const fixes: Readonly<Record<string, ExportFailure['fix']>> = {
  'HTTP 401': 'headers',
  'HTTP 403': 'headers',
  UNAUTHENTICATED: 'headers',
  PERMISSION_DENIED: 'headers',
  'HTTP 404': 'path',
  'HTTP 405': 'path',
  UNIMPLEMENTED: 'path',
};

/** Classifies the error of an exporter: of the network, the TLS layer, HTTP or gRPC. */
export function exportFailure(error: unknown): ExportFailure {
  const reason = reasonOf(error);
  const isOfTls = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(reason);
  return { reason, fix: isOfTls ? 'certificate' : (fixes[reason] ?? 'endpoint') };
}

function reasonOf(error: unknown): string {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code === 'number') return grpcStatus[code] ?? `HTTP ${code}`;
  if (typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code)) return code;
  return /timed out/i.test(String(message)) ? 'no answer in time' : 'the export failed';
}
