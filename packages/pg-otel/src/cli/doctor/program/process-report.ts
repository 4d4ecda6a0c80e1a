import type { SignalName } from '../../../api-registry';

/** The probe's report on one process of the program. */
export interface ProcessReport {
  readonly pid: number;
  readonly node: string;
  /** The file that Node runs; undefined for `node -e`. */
  readonly file: string | undefined;
  /** Whether `pg-otel/register` or `start()` has started pg-otel in it. */
  readonly isPgOtelStarted: boolean;
  /** The registered providers, with their owner and class. */
  readonly providers: Partial<Record<SignalName, { readonly owner: Owner; readonly name: string }>>;
  readonly drivers: readonly { readonly name: string; readonly isPatched: boolean }[];
  /** Drivers in bundles that it has loaded. */
  readonly bundled: readonly BundledDriver[];
  readonly managedPools: readonly ManagedPool[];
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
  /** The origins to which it has sent OTLP over HTTP, by signal. */
  readonly destinations: Partial<Record<SignalName, readonly string[]>>;
}

export interface BundledDriver {
  readonly name: string;
  /** The bundle's path or URL. */
  readonly file: string;
}

/** A pool that `@pg-otel/pool` manages. */
export interface ManagedPool {
  readonly name: string;
  readonly mode: 'act' | 'advise';
  /** Bounds of its limit, in connections. */
  readonly min: number;
  readonly max: number;
  /** Undefined before the first check or connection. */
  readonly health: string | undefined;
}

export type Owner = 'pg-otel' | 'application';

/** The environment variable with the folder for the reports. */
export const REPORTS_VARIABLE = 'PG_OTEL_DOCTOR_REPORTS';
