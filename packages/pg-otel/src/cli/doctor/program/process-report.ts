import type { SignalName } from '../../../api-registry';

/** Milliseconds between two looks of the probe. */
export const INTERVAL_MILLIS = 250;
/** A process has started up when it has been idle for so many intervals: five seconds. */
export const IDLE_INTERVALS = 20;

/** The probe's report on one process of the program. */
export interface ProcessReport {
  /**
   * Intervals since the last change of this report in which its event loop was mostly idle, up to {@link IDLE_INTERVALS}.
   * A large application that loads its modules is not idle.
   */
  readonly idleIntervals: number;
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

export interface BundledDriver {
  readonly name: string;
  /** The bundle's path or URL. */
  readonly file: string;
}

/** The connections that a process has opened, by what has opened them. */
interface OpenedConnections {
  /** The names of the pools. */
  readonly pools: readonly string[];
  /** The number of connections that no known pool has opened: single clients, and pools of other libraries. */
  readonly withoutPool: number;
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
