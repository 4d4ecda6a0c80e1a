import { createNoopMeter, diag, ProxyTracerProvider, trace } from '@opentelemetry/api';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import { hasPatched, undoablePatches } from './patches';

const active = new Map<string, Instrumentation>();
/** Modules of Node that {@link standDown} has unpatched. */
const undoneModules = new WeakMap<Instrumentation, readonly string[]>();

/**
 * From here on, an instrumentation of these gives way to one that the application constructs itself: two of one kind
 * would make two spans of everything.
 */
export function giveWay(instrumentations: readonly Instrumentation[]): void {
  for (const instrumentation of instrumentations) {
    // Its present tracer would ask the provider at its first span only, as if another one were constructed.
    instrumentation.setTracerProvider(trace.getTracerProvider());
    active.set(instrumentation.instrumentationName, instrumentation);
  }
}

/**
 * Somebody has asked for a tracer of this scope: the application constructs its own instrumentation. Ours stands down
 * before that one patches anything. When ours has patched a library already it stays: what loads the library next still
 * gets the patch of ours, not of theirs (`require-in-the-middle` calls its hooks once per module). Node's own modules are
 * offered again (`late-instrumentations.ts` of the instrumentation).
 */
export function scopeRequested(scope: string): void {
  const ours = active.get(scope);
  if (ours === undefined) return;
  active.delete(scope);
  // Called from the application's `getTracer`.
  try {
    const undone = undoneModules.get(ours) ?? undoablePatches(ours);
    if (hasPatched(ours) && undone.length === 0) return;
    ours.disable();
    // The application may never require them again; by then, its instrumentation is constructed.
    if (undone.length > 0) process.nextTick(() => requireAgain(undone));
  } catch (error) {
    diag.error(`pg-otel: disabling ${scope}`, error);
  }
}

function requireAgain(modules: readonly string[]): void {
  try {
    for (const name of modules) require(name);
  } catch (error) {
    diag.error('pg-otel: a module of Node for another instrumentation', error);
  }
}

/**
 * The application has registered an SDK of its own: as when that was there first, it decides which instrumentations
 * there are. Called again when it registers more, because they get each provider of it. One that stays in the place of
 * the application's own uses these.
 */
export function standDown(): void {
  for (const instrumentation of active.values()) quieten(instrumentation);
}

/**
 * Disabling takes off its wrappers, but none that lies below one of the application (patches.ts). That one
 * records nothing from here on. It may not stay where it can be taken off: it would still enter a context of its own,
 * without a span, and the spans of SDKs that link parent and child by their objects, such as Sentry's, lose their parent.
 */
function quieten(instrumentation: Instrumentation): void {
  if (!undoneModules.has(instrumentation))
    undoneModules.set(instrumentation, undoablePatches(instrumentation));
  instrumentation.disable();
  instrumentation.setTracerProvider(new ProxyTracerProvider());
  instrumentation.setMeterProvider({ getMeter: createNoopMeter });
}
