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
  readonly connections: OpenedConnections;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
  /** The origins to which it has sent OTLP over HTTP, by signal. */
  readonly destinations: Partial<Record<SignalName, readonly string[]>>;
}

<<<<<<< HEAD
export interface BundledDriver {
  readonly name: string;
  /** The bundle's path or URL. */
  readonly file: string;
=======
/** The connections that a process has opened, by what has opened them. */
export interface OpenedConnections {
  /** The names of the pools. */
  readonly pools: readonly string[];
  /** The number of connections that no known pool has opened: single clients, and pools of other libraries. */
  readonly withoutPool: number;
>>>>>>> f47433a (feat(pg-otel): doctor reports connections that belong to no pool that is observed, such as those of Knex)
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
