import { notePatched } from '../copies';
import { warn } from '../warnings';
import { guarded } from './guarded';

/** A patched class, for `pg-otel doctor`. */
export interface PatchedClass {
  readonly module:
    | 'pg'
    | 'pg-pool'
    | 'pg-native'
    | '@neondatabase/serverless'
    | 'postgres'
    | '@electric-sql/pglite';
  /** The version in its package.json; `undefined` for a module that was passed to `instrument`. */
  readonly version: string | undefined;
}

const patched: PatchedClass[] = [];
export const patchedClasses = (): readonly PatchedClass[] => patched;

/** Marks a patched prototype with the copy of this package that has patched it. */
const PATCHED = Symbol.for('pg-otel.patched');
const THIS_COPY = {};

/**
 * Runs the patch of a prototype once, even if several copies of this package are loaded.
 *
 * @returns whether this copy has patched it, now or before
 */
export function patchOnce(prototype: object, patch: () => PatchedClass): boolean {
  const by = Object.getOwnPropertyDescriptor(prototype, PATCHED)?.value;
  if (by === undefined) {
    // A frozen class cannot be patched.
    if (!Object.isExtensible(prototype)) return false;
    Object.defineProperty(prototype, PATCHED, { value: THIS_COPY });
    const found = guarded('a patch', patch);
    if (found !== undefined) {
      patched.push(found);
      notePatched(found.module);
    }
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
