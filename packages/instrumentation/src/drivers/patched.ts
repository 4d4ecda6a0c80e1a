import { warn } from '../warnings';
import { guarded } from './guarded';

/** What is patched, for `pg-otel doctor`. */
export interface PatchedClass {
  readonly module: 'pg' | 'pg-pool' | 'pg-native' | '@neondatabase/serverless';
  /** Version in its package.json; unknown for a module that was handed over. */
  readonly version: string | undefined;
}

const patched: PatchedClass[] = [];
export const patchedClasses = (): readonly PatchedClass[] => patched;

/** On a prototype that is patched already: by which copy of this package. */
const PATCHED = Symbol.for('pg-otel.patched');
const THIS_COPY = {};

/**
 * Runs a patch of a prototype once, whichever copies of this package come by.
 *
 * @returns whether it is this copy that has patched it, now or before
 */
export function patchOnce(prototype: object, patch: () => PatchedClass): boolean {
  const by = Object.getOwnPropertyDescriptor(prototype, PATCHED)?.value;
  if (by === undefined) {
    // A frozen class stays as it is.
    if (!Object.isExtensible(prototype)) return false;
    Object.defineProperty(prototype, PATCHED, { value: THIS_COPY });
    const found = guarded('a patch', patch);
    if (found !== undefined) patched.push(found);
  } else if (by !== THIS_COPY) {
    warnOfTwoCopies();
    return false;
  }
  return true;
}

export function warnOfTwoCopies(): void {
  warn(
    'PG_OTEL_TWO_COPIES',
    'Two copies of @pg-otel/instrumentation are loaded in this process. The driver is instrumented by the one that ' +
      'came first, with its options and providers; the other one reports nothing. Install one version (npm ls @pg-otel/instrumentation).',
  );
}
