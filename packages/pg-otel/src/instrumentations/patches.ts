import { isBuiltin, syncBuiltinESMExports } from 'node:module';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import { offerBuiltinsToLaterInstrumentations } from '@pg-otel/instrumentation';
import { instrumentedModules, wrappingOf } from '../sdk/internals';

/** The wrappers of one instrumentation. */
interface Wrapped {
  readonly wrappers: WeakSet<object>;
  /**
   * The wrapped methods, only for instrumentations of Node's modules. Those of libraries also wrap objects of the
   * application, such as each connection or the arguments of a call (mysql), which must not be kept alive.
   */
  readonly places: { readonly target: object; readonly name: PropertyKey }[];
}

const wrappedBy = new WeakMap<Instrumentation, Wrapped>();

/** The names of the modules that an instrumentation patches when they are loaded. */
export const moduleNames = (instrumentation: Instrumentation): string[] =>
  instrumentedModules(instrumentation).map(({ name }) => name);

/** Whether it has patched one of them already. */
export const hasPatched = (instrumentation: Instrumentation): boolean =>
  instrumentedModules(instrumentation).some(({ moduleExports }) => moduleExports !== undefined);

/**
 * Records the wrappers of an instrumentation for {@link undoablePatches}, and restricts its `_unwrap` to them. `_unwrap`
 * removes the outermost wrapper, which may be the application's. Call it before the instrumentation patches anything.
 */
export function followPatches(instrumentation: Instrumentation): void {
  // It may use another copy of `@opentelemetry/instrumentation` than the Postgres instrumentation does.
  offerBuiltinsToLaterInstrumentations(instrumentation);
  const wrapping = wrappingOf(instrumentation);
  if (wrapping === undefined) return;
  const { _wrap: wrap, _unwrap: unwrap } = wrapping;

  const wrapped: Wrapped = { wrappers: new WeakSet(), places: [] };
  wrappedBy.set(instrumentation, wrapped);
  const isOfNode = moduleNames(instrumentation).every((name) => isBuiltin(name));
  wrapping._wrap = (target, name, wrapper) => {
    const made = wrap.call(instrumentation, target, name, wrapper);
    if (typeof made !== 'function') return made;
    wrapped.wrappers.add(made);
    if (isOfNode) wrapped.places.push({ target, name });
    return made;
  };
  wrapping._unwrap = (target, name) =>
    isOutermost(wrapped, target, name) ? unwrap.call(instrumentation, target, name) : undefined;
}

/**
 * The modules that an instrumentation can unpatch completely, so that another instrumentation patches them at the next
 * `require`. These are modules of Node whose outermost wrapper is its own, because unpatching removes the outermost one.
 * Empty when one of its patches has to stay.
 */
export function undoablePatches(instrumentation: Instrumentation): readonly string[] {
  const wrapped = wrappedBy.get(instrumentation);
  if (wrapped === undefined || wrapped.places.length === 0) return [];
  if (!wrapped.places.every(({ target, name }) => isOutermost(wrapped, target, name))) return [];
  return instrumentedModules(instrumentation)
    .filter(({ moduleExports }) => moduleExports !== undefined)
    .map(({ name }) => name);
}

/** Requires modules of Node, so that instrumentations patch them, also for code that imports them. */
export function requireAgain(modules: readonly string[]): void {
  for (const name of modules) require(name);
  followInImports(modules);
}

/** Copies what has been patched or unpatched in modules of Node to their ESM exports. */
export function followInImports(modules: readonly string[]): void {
  if (modules.length > 0) syncBuiltinESMExports();
}

function isOutermost({ wrappers }: Wrapped, target: object, name: PropertyKey): boolean {
  const outermost = Reflect.get(target, name);
  return typeof outermost === 'function' && wrappers.has(outermost);
}
