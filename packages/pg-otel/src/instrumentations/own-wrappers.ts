import type { Instrumentation } from '@opentelemetry/instrumentation';

/** How OpenTelemetry's `InstrumentationBase` wraps functions; the same in 2.x and 3.x. */
interface Wrapping {
  _wrap?(target: object, name: PropertyKey, wrapper: unknown): unknown;
  _unwrap?(target: object, name: PropertyKey): unknown;
}

/**
 * Lets an instrumentation unwrap nothing but its own: `_unwrap` takes off the outermost wrapper, which may be the
 * application's by then. Call it before the instrumentation patches anything.
 */
export function unwrapOnlyOwn(instrumentation: Instrumentation): void {
  const insides = instrumentation as unknown as Wrapping;
  const { _wrap: wrap, _unwrap: unwrap } = insides;
  if (wrap === undefined || unwrap === undefined) return;
  const own = new WeakSet<object>();
  insides._wrap = (target, name, wrapper) => {
    const wrapped = wrap.call(instrumentation, target, name, wrapper);
    if (typeof wrapped === 'function') own.add(wrapped);
    return wrapped;
  };
  insides._unwrap = (target, name) => {
    const outermost = Reflect.get(target, name);
    return typeof outermost === 'function' && own.has(outermost)
      ? unwrap.call(instrumentation, target, name)
      : undefined;
  };
}
