import { isBuiltin } from 'node:module';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import { offerBuiltinsToLaterInstrumentations } from '@pg-otel/instrumentation';

/** The part of OpenTelemetry's `InstrumentationBase` that is read here; the same in 2.x and 3.x. */
interface InstrumentationInsides {
  readonly _modules?: readonly { readonly name: string; readonly moduleExports?: unknown }[];
  _wrap?: (target: Record<string, unknown>, name: string, wrapper: unknown) => unknown;
}

interface Wrap {
  readonly target: Readonly<Record<string, unknown>>;
  readonly name: string;
  readonly wrapped: unknown;
}

const wraps = new WeakMap<Instrumentation, Wrap[]>();

const modulesOf = (instrumentation: Instrumentation) =>
  (instrumentation as unknown as InstrumentationInsides)._modules ?? [];

/** The modules that an instrumentation patches when they are loaded. */
export const moduleNames = (instrumentation: Instrumentation): string[] =>
  modulesOf(instrumentation).map(({ name }) => name);

/** Whether one of them was loaded and patched already. */
export const hasPatched = (instrumentation: Instrumentation): boolean =>
  modulesOf(instrumentation).some(({ moduleExports }) => moduleExports !== undefined);

/** Records from here on what an instrumentation wraps: what {@link undoablePatches} needs to know. */
export function followPatches(instrumentation: Instrumentation): void {
  // It may use another copy of `@opentelemetry/instrumentation` than that of Postgres does.
  offerBuiltinsToLaterInstrumentations(instrumentation);
  const insides = instrumentation as unknown as InstrumentationInsides;
  const { _wrap: wrap } = insides;
  if (typeof wrap !== 'function') return;
  const recorded: Wrap[] = [];
  wraps.set(instrumentation, recorded);
  insides._wrap = (target, name, wrapper) => {
    const wrapped = wrap(target, name, wrapper);
    recorded.push({ target, name, wrapped });
    return wrapped;
  };
}

/**
 * The modules from which an instrumentation can take its patches again, so that those of another one are put there at
 * the next `require`: modules of Node, with nobody's wrapper on top of its own. Unpatching takes off the outermost.
 * Empty when any of its patches has to stay.
 */
export function undoablePatches(instrumentation: Instrumentation): readonly string[] {
  const patched = modulesOf(instrumentation).filter(({ moduleExports }) => moduleExports !== undefined);
  const recorded = wraps.get(instrumentation) ?? [];
  const isOutermost =
    recorded.length > 0 && recorded.every(({ target, name, wrapped }) => target[name] === wrapped);
  if (!isOutermost || !patched.every(({ name }) => isBuiltin(name))) return [];
  return patched.map(({ name }) => name);
}
