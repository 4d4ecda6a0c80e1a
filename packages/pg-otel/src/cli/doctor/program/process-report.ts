import type { SignalName } from '../../../providers';

/** What the probe has seen in one process of the program. */
export interface ProcessReport {
  readonly pid: number;
  readonly node: string;
  /** The file that Node runs; none for `node -e`. */
  readonly file: string | undefined;
  /** Whether pg-otel was started in it: `pg-otel/register` or `start()`. */
  readonly isPgOtelStarted: boolean;
  /** The registered providers: whose each is, and its class. */
  readonly providers: Partial<Record<SignalName, { readonly owner: Owner; readonly name: string }>>;
  readonly drivers: readonly { readonly name: string; readonly isPatched: boolean }[];
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
  /** Origins to which it has sent OTLP over HTTP, by signal. */
  readonly destinations: Partial<Record<SignalName, readonly string[]>>;
}

export type Owner = 'pg-otel' | 'application';

/** In the environment of the program: the folder for the reports. */
export const REPORTS_VARIABLE = 'PG_OTEL_DOCTOR_REPORTS';
