import { createNoopMeter, diag, ProxyTracerProvider, trace } from '@opentelemetry/api';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import { followInImports, hasPatched, requireAgain, undoablePatches } from './patches';

const active = new Map<string, Instrumentation>();
/** The modules of Node that {@link silenceAll} has unpatched. */
const unpatched = new WeakMap<Instrumentation, readonly string[]>();

/**
 * From now on, each of these instrumentations is disabled when the application constructs the same one: two of them
 * would make two spans of everything.
 */
export function disableOnDuplicate(instrumentations: readonly Instrumentation[]): void {
  for (const instrumentation of instrumentations) {
    // Otherwise it requests its tracer at its first span, which looks as if the application had constructed another one.
    instrumentation.setTracerProvider(trace.getTracerProvider());
    active.set(instrumentation.instrumentationName, instrumentation);
  }
}

/**
 * A tracer of this scope was requested, so the application has constructed its own instrumentation. Ours is disabled
 * before that one patches anything. If ours has patched a library already, it stays: code that loads the library next
 * still gets our patch, because `require-in-the-middle` calls its hooks once per module. Modules of Node can be patched
 * again (`late-instrumentations.ts` of the instrumentation).
 */
export function tracerRequested(scope: string): void {
  const ours = active.get(scope);
  if (ours === undefined) return;
  active.delete(scope);
  // Errors must not reach the application, which has called `getTracer`.
  try {
    const modules = unpatched.get(ours) ?? undoablePatches(ours);
    if (hasPatched(ours) && modules.length === 0) return;
    ours.disable();
    // The application may never require them again. In the next tick, its instrumentation is constructed.
    if (modules.length > 0) process.nextTick(() => offerAgain(modules));
  } catch (error) {
    diag.error(`pg-otel: disabling ${scope} failed`, error);
  }
}

function offerAgain(modules: readonly string[]): void {
  try {
    requireAgain(modules);
  } catch (error) {
    diag.error('pg-otel: requiring a module of Node again for another instrumentation failed', error);
  }
}

/**
 * The application has registered its own SDK, so it chooses the instrumentations, as when its SDK is registered first.
 * Call this again when the application registers more providers, because the instrumentations get each of them. An
 * instrumentation that stays in place of the application's own uses these providers.
 */
export function silenceAll(): void {
  for (const instrumentation of active.values()) silence(instrumentation);
}

/**
 * Disabling removes the wrappers, except those below a wrapper of the application (patches.ts). The remaining ones
 * record nothing. All others have to be removed: they would still enter a context without a span, and SDKs that link
 * parent and child by their objects, such as Sentry's, would lose the parent.
 */
function silence(instrumentation: Instrumentation): void {
  if (!unpatched.has(instrumentation)) unpatched.set(instrumentation, undoablePatches(instrumentation));
  instrumentation.disable();
  followInImports(unpatched.get(instrumentation) ?? []);
  instrumentation.setTracerProvider(new ProxyTracerProvider());
  instrumentation.setMeterProvider({ getMeter: createNoopMeter });
}
