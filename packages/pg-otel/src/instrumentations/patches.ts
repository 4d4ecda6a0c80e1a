import { isBuiltin } from 'node:module';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import { offerBuiltinsToLaterInstrumentations } from '@pg-otel/instrumentation';

/** The part of OpenTelemetry's `InstrumentationBase` that is used here; the same in 2.x and 3.x. */
interface InstrumentationInsides {
  readonly _modules?: readonly { readonly name: string; readonly moduleExports?: unknown }[];
  _wrap?(target: object, name: PropertyKey, wrapper: unknown): unknown;
  _unwrap?(target: object, name: PropertyKey): unknown;
}

/** What an instrumentation has wrapped. */
interface Wrapped {
  readonly wrappers: WeakSet<object>;
  /**
   * Where, for instrumentations of Node's modules. Those of libraries also wrap objects of the application, such as each
   * connection or the arguments of a call (mysql), which must not be kept.
   */
  readonly places: { readonly target: object; readonly name: PropertyKey }[];
}

const wrappedBy = new WeakMap<Instrumentation, Wrapped>();

const modulesOf = (instrumentation: Instrumentation) =>
  (instrumentation as unknown as InstrumentationInsides)._modules ?? [];

/** The modules that an instrumentation patches when they are loaded. */
export const moduleNames = (instrumentation: Instrumentation): string[] =>
  modulesOf(instrumentation).map(({ name }) => name);

/** Whether one of them was loaded and patched already. */
export const hasPatched = (instrumentation: Instrumentation): boolean =>
  modulesOf(instrumentation).some(({ moduleExports }) => moduleExports !== undefined);

/**
 * Records what an instrumentation wraps: what {@link undoablePatches} needs to know. Lets it unwrap nothing else: its
 * `_unwrap` takes off the outermost wrapper, which may be the application's by then. Call it before the instrumentation
 * patches anything.
 */
export function followPatches(instrumentation: Instrumentation): void {
  // It may use another copy of `@opentelemetry/instrumentation` than that of Postgres does.
  offerBuiltinsToLaterInstrumentations(instrumentation);
  const insides = instrumentation as unknown as InstrumentationInsides;
  const { _wrap: wrap, _unwrap: unwrap } = insides;
  if (wrap === undefined || unwrap === undefined) return;

  const wrapped: Wrapped = { wrappers: new WeakSet(), places: [] };
  wrappedBy.set(instrumentation, wrapped);
  const isOfNode = moduleNames(instrumentation).every((name) => isBuiltin(name));
  insides._wrap = (target, name, wrapper) => {
    const made = wrap.call(instrumentation, target, name, wrapper);
    if (typeof made !== 'function') return made;
    wrapped.wrappers.add(made);
    if (isOfNode) wrapped.places.push({ target, name });
    return made;
  };
  insides._unwrap = (target, name) =>
    isOutermost(wrapped, target, name) ? unwrap.call(instrumentation, target, name) : undefined;
}

/**
 * The modules from which an instrumentation can take its patches again, so that those of another one are put there at
 * the next `require`: modules of Node, with nobody's wrapper on top of its own. Unpatching takes off the outermost.
 * Empty when any of its patches has to stay.
 */
export function undoablePatches(instrumentation: Instrumentation): readonly string[] {
  const wrapped = wrappedBy.get(instrumentation);
  if (wrapped === undefined || wrapped.places.length === 0) return [];
  if (!wrapped.places.every(({ target, name }) => isOutermost(wrapped, target, name))) return [];
  return modulesOf(instrumentation)
    .filter(({ moduleExports }) => moduleExports !== undefined)
    .map(({ name }) => name);
}

function isOutermost({ wrappers }: Wrapped, target: object, name: PropertyKey): boolean {
  const outermost = Reflect.get(target, name);
  return typeof outermost === 'function' && wrappers.has(outermost);
}
