import Module from 'node:module';

type OnRequire = (exports: unknown, name: string, baseDir?: string) => unknown;

/** `RequireInTheMiddleSingleton` of `@opentelemetry/instrumentation`. */
interface RequireHook {
  register(name: string, onRequire: OnRequire): unknown;
}

const followed = new WeakSet<RequireHook>();
const patches = new Map<string, OnRequire[]>();

/**
 * Lets instrumentations that are constructed after this one patch the built-in modules of Node.
 *
 * All instrumentations share a require hook that exists once the first is constructed, and that processes each module
 * at its first `require` only. A module that was required between two instrumentations, such as `http` by an exporter,
 * is never offered to the second. Without ours the hook would come with the second, and offer it at the next `require`;
 * so this does.
 *
 * @param instrumentation one that uses the hook: each copy of `@opentelemetry/instrumentation` has its own
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

/** The shared hook may offer the module as well. */
function oncePerModule(onRequire: OnRequire): OnRequire {
  const results = new Map<unknown, unknown>();
  return (exports, ...rest) => {
    if (!results.has(exports)) {
      const result = onRequire(exports, ...rest);
      results.set(exports, result);
      // The other hook offers what this one has made.
      results.set(result, result);
    }
    return results.get(exports);
  };
}
