import Module from 'node:module';

type OnRequire = (exports: unknown, name: string, baseDir?: string) => unknown;

/** The part of `RequireInTheMiddleSingleton` in `@opentelemetry/instrumentation` that is used here. */
interface RequireHook {
  register(name: string, onRequire: OnRequire): unknown;
}

const followed = new WeakSet<RequireHook>();
const patches = new Map<string, OnRequire[]>();

/**
 * Lets instrumentations that are constructed after this one patch the built-in modules of Node.
 *
 * All instrumentations share one require hook, which is created with the first instrumentation. The hook processes each
 * module only at its first `require`. If an exporter requires `http` after pg-otel is constructed, the hook therefore never
 * passes `http` to instrumentations that are constructed later. Without pg-otel, they would patch `http` at its next
 * `require`. After a call of this function, they do so with pg-otel as well.
 *
 * @param instrumentation any instrumentation; its copy of `@opentelemetry/instrumentation` has the hook
 */
export function offerBuiltinsToLaterInstrumentations(instrumentation: object): void {
  const { _requireInTheMiddleSingleton: hook } = instrumentation as {
    _requireInTheMiddleSingleton?: RequireHook;
  };
  if (hook === undefined || followed.has(hook)) return;
  followed.add(hook);
  const { register } = hook;
  hook.register = (name, onRequire) => {
    if (!Module.isBuiltin(name)) return register.call(hook, name, onRequire);
    const patch = oncePerModule(onRequire);
    followRequire();
    patches.set(name, [...(patches.get(name) ?? []), patch]);
    return register.call(hook, name, patch);
  };
}

/** The function that {@link followRequire} has installed. */
let following: unknown;

/**
 * Follows `require` from outside of everything else that does. An application may have several copies of
 * `@opentelemetry/instrumentation`. The hook of each one passes a module of Node to those before it only once.
 */
function followRequire(): void {
  const prototype = Module.prototype as unknown as { require: (...args: unknown[]) => unknown };
  const original = prototype.require;
  if (original === following) return;
  prototype.require = function (...args) {
    const exports = original.apply(this, args);
    const name = String(args[0]).replace(/^node:/, '');
    return (patches.get(name) ?? []).reduce((patched, patch) => patch(patched, name), exports);
  };
  following = prototype.require;
}

/** Patches each module once, although both the shared hook and {@link followRequire} may pass it. */
function oncePerModule(onRequire: OnRequire): OnRequire {
  const results = new Map<unknown, unknown>();
  return (exports, ...rest) => {
    if (!results.has(exports)) {
      const result = onRequire(exports, ...rest);
      results.set(exports, result);
      // The second hook passes the patched module.
      results.set(result, result);
    }
    return results.get(exports);
  };
}
