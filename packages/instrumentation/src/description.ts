import type { EventLimits } from './configuration';
import { type PatchedClass, patchedClasses } from './drivers/patched';
import { telemetry } from './telemetry';
import { type WarningCode, warnings } from './warnings';

/** What this copy of the instrumentation has done in this process so far. */
export interface InstrumentationDescription {
  readonly patched: readonly PatchedClass[];
  /** The limits that are told, in seconds; `undefined` while none is enabled. */
  readonly limits: EventLimits | undefined;
  readonly warnings: readonly { readonly code: WarningCode; readonly message: string }[];
}

/** For diagnosis (`pg-otel doctor`): what is patched, what is told, and what was warned of. */
export function describeInstrumentation(): InstrumentationDescription {
  return { patched: patchedClasses(), limits: telemetry()?.limits, warnings: warnings() };
}
