import { type PatchedClass, patchedClasses } from './drivers/node-postgres/patch';
import { type WarningCode, warnings } from './warnings';

/** What this copy of the instrumentation has done in this process so far. */
export interface InstrumentationDescription {
  readonly patched: readonly PatchedClass[];
  readonly warnings: readonly { readonly code: WarningCode; readonly message: string }[];
}

/** For diagnosis (`pg-otel doctor`): what is patched, and what was warned of. */
export function describeInstrumentation(): InstrumentationDescription {
  return { patched: patchedClasses(), warnings: warnings() };
}
