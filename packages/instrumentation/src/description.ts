import type { EventLimits } from './configuration';
import { type PatchedClass, patchedClasses } from './drivers/patched';
import { telemetry } from './telemetry';
import { type WarningCode, warnings } from './warnings';

/** The state of this copy of the instrumentation in this process. */
export interface InstrumentationDescription {
  /** The driver classes that are patched. */
  readonly patched: readonly PatchedClass[];
  /** The limits of slow operations and held connections, in seconds; `undefined` while no instrumentation is enabled. */
  readonly limits: EventLimits | undefined;
  /** The warnings so far. */
  readonly warnings: readonly { readonly code: WarningCode; readonly message: string }[];
}

/**
 * Describes what is patched, which limits apply, and which warnings were emitted. For diagnosis; `pg-otel doctor` uses
 * it.
 */
export function describeInstrumentation(): InstrumentationDescription {
  return { patched: patchedClasses(), limits: telemetry()?.limits, warnings: warnings() };
}
