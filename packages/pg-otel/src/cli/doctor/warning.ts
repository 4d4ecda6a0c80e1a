import type { WarningCode } from '../../warnings';
import type { Finding } from '../finding';

const RECOVERED: WarningCode = 'PG_OTEL_EXPORT_RECOVERED';

/** A process warning of pg-otel. One of them reports that a problem is over. */
export const checkWarning = (code: string, message: string): Finding => ({
  check: 'warning',
  status: code === RECOVERED ? 'ok' : 'problem',
  message: `${code}: ${message}`,
});
