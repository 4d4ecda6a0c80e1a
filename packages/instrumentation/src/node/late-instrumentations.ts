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
 * All instrumentations share one require hook. It is created with the first instrumentation, and processes each module
 * only at its first `require`. A module that is required between the first and the second instrumentation, such as
 * `http` by an exporter, is therefore never passed to the second one. Without ours, the second one would be the first,
 * and patch the module at its next `require`. This function makes that happen.
 *
 * @param instrumentation an instrumentation that uses the hook; each copy of `@opentelemetry/instrumentation` has its own
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
    if (patches.size === 0) followRequire();
    patches.set(name, [...(patches.get(name) ?? []), patch]);
    return register.call(hook, name, patch);
  };
}

function followRequire(): void {
  const prototype = Module.prototype as unknown as { require: (...args: unknown[]) => unknown };
  const original = prototype.require;
  prototype.require = function (...args) {
    const exports = original.apply(this, args);
    const name = String(args[0]).replace(/^node:/, '');
    return (patches.get(name) ?? []).reduce((patched, patch) => patch(patched, name), exports);
  };
}

/** Patches each module once, although the shared hook may pass it as well. */
function oncePerModule(onRequire: OnRequire): OnRequire {
  const results = new Map<unknown, unknown>();
  return (exports, ...rest) => {
    if (!results.has(exports)) {
      const result = onRequire(exports, ...rest);
      results.set(exports, result);
      // The other hook passes the result of this one.
      results.set(result, result);
    }
    return results.get(exports);
  };
}
