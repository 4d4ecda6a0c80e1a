import { attachment } from '../../attachment';
import type { Callback } from './pg';

/** From a method of ours to the driver's (or another instrumentation's) that it calls. */
const originals = attachment<Callback, Callback>();

export const originalOf = (method: Callback): Callback | undefined => originals.get(method);

/**
 * Puts a method of ours in the place of a prototype's, with the same property attributes, name and length.
 * Deliberately without the marks of OpenTelemetry's `shimmer`: `InstrumentationBase._wrap` takes off whatever
 * carries them before it wraps.
 */
export function replaceMethod<Owner extends object, Name extends keyof Owner & string>(
  prototype: Owner,
  name: Name,
  make: (original: Callback) => Callback,
): void {
  const holder = findHolder(prototype, name);
  const descriptor = holder && Object.getOwnPropertyDescriptor(holder, name);
  const original = descriptor?.value as unknown;
  if (typeof original !== 'function') return;
  const replacement = make(original as Callback);
  Object.defineProperty(replacement, 'name', { value: original.name, configurable: true });
  Object.defineProperty(replacement, 'length', { value: original.length, configurable: true });
  originals.set(replacement, original as Callback);
  Object.defineProperty(prototype, name, { ...descriptor, value: replacement });
}

function findHolder(object: object, name: string): object | undefined {
  for (let at: object | null = object; at !== null; at = Object.getPrototypeOf(at)) {
    if (Object.hasOwn(at, name)) return at;
  }
  return undefined;
}

/**
 * Puts a method of ours over one object's, unseen by enumeration, until the returned function takes it off again.
 * Methods that the object does not have are left alone.
 */
export function intercept(object: object, name: string, make: (original: Callback) => Callback): () => void {
  const target = object as Record<string, unknown>;
  const original = target[name];
  if (typeof original !== 'function') return nothing;
  const own = Object.getOwnPropertyDescriptor(object, name);
  const replacement = make(original as Callback);
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
