import { attachment } from '../attachment';
import type { Callback } from './callback';
import { guarded } from './guarded';

/** Maps each replacement method to the method that it calls: the driver's, or another instrumentation's. */
const originals = attachment<Callback, Callback>();

export const originalOf = (method: Callback): Callback | undefined => originals.get(method);

/** A method that was wrapped with `shimmer` or with OpenTelemetry's copy of shimmer. Both set these properties (shimmer.ts). */
interface WrappedByAnother extends Callback {
  readonly __wrapped: true;
  readonly __original: Callback;
  readonly __unwrap: () => void;
}

export const isWrappedByAnother = (method: Callback): method is WrappedByAnother =>
  (method as Partial<WrappedByAnother>).__wrapped === true;

/** Makes a replacement with the name and length of the original. */
export function replacementOf(original: Callback, make: (original: Callback) => Callback): Callback {
  const replacement = make(original);
  Object.defineProperty(replacement, 'name', { value: original.name, configurable: true });
  Object.defineProperty(replacement, 'length', { value: original.length, configurable: true });
  originals.set(replacement, original);
  return replacement;
}

/** Replaces a method of a prototype, keeping its property attributes, name and length. */
export function replaceMethod<Owner extends object, Name extends keyof Owner & string>(
  prototype: Owner,
  name: Name,
  make: (original: Callback) => Callback,
): void {
  const holder = findHolder(prototype, name);
  const descriptor = holder && Object.getOwnPropertyDescriptor(holder, name);
  // On a frozen prototype this throws, and the method stays unchanged.
  if (typeof descriptor?.value === 'function') guarded(`the patch of ${name}`, () => put(descriptor.value));

  function put(original: Callback): void {
    const replacement = replacementOf(original, make);
    if (isWrappedByAnother(original)) passUnwrappingOn(replacement, original);
    Object.defineProperty(prototype, name, { ...descriptor, value: replacement });
  }

  /**
   * The other instrumentation removes its wrapper through these properties of the prototype's method, which is now the
   * replacement. It does so when it is disabled, and before it wraps the method again. (It wraps `pg` twice, and would
   * otherwise count each query twice.) Therefore the replacement has the same properties while it calls a wrapper, and
   * its `__unwrap` removes that wrapper.
   */
  function passUnwrappingOn(replacement: Callback, wrapped: WrappedByAnother): void {
    Object.defineProperties(replacement, {
      __wrapped: { value: true },
      __original: { value: wrapped.__original },
      __unwrap: { value: () => put(wrapped.__original) },
    });
  }
}

function findHolder(object: object, name: string): object | undefined {
  for (let at: object | null = object; at !== null; at = Object.getPrototypeOf(at)) {
    if (Object.hasOwn(at, name)) return at;
  }
  return undefined;
}

/**
 * Replaces a method of one object until the returned function restores it. If the object inherits the method, its new
 * property is not enumerable. A method that the object does not have is not added.
 */
export function intercept(object: object, name: string, make: (original: Callback) => Callback): () => void {
  const target = object as Record<string, unknown>;
  const original = target[name];
  if (typeof original !== 'function') return nothing;
  const own = Object.getOwnPropertyDescriptor(object, name);
  const replacement = make(original as Callback);
  if (own?.writable === true) {
    // An assignment keeps the attributes of the property, and costs a fraction of `defineProperty`.
    target[name] = replacement;
    return () => {
      if (target[name] === replacement) target[name] = original;
    };
  }
  Object.defineProperty(object, name, {
    value: replacement,
    writable: true,
    configurable: true,
    enumerable: own?.enumerable ?? false,
  });
  return () => {
    if (target[name] !== replacement) return;
    if (own === undefined) delete target[name];
    else Object.defineProperty(object, name, own);
  };
}

const nothing = (): void => {};
