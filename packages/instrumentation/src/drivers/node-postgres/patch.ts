import { warn } from '../../warnings';
import { patchConnect } from './connect';
import { doubledCheck } from './doubled';
import { patchNative } from './native';
import type { ClientClass, PoolClass } from './pg';
import { patchPool } from './pool';
import { patchQuery } from './query';

/** On a prototype that is patched already: by which copy of this package. */
const PATCHED = Symbol.for('pg-otel.patched');
const THIS_COPY = {};

/** What is patched, for `pg-otel doctor`. */
export interface PatchedClass {
  readonly module: 'pg' | 'pg-pool' | 'pg-native';
  /** Version in its package.json; unknown for a module that was handed over. */
  readonly version: string | undefined;
}

const patched: PatchedClass[] = [];
export const patchedClasses = (): readonly PatchedClass[] => patched;

type Shape = Record<string, 'function'>;
const CLIENT: Shape = { query: 'function', connect: 'function', end: 'function', on: 'function' };
const POOL: Shape = { connect: 'function', newClient: 'function', _release: 'function', _remove: 'function' };

export function isClientClass(value: unknown): value is ClientClass {
  return hasShape(value, CLIENT) && !hasShape(value, POOL);
}

export function isPoolClass(value: unknown): value is PoolClass {
  return hasShape(value, POOL);
}

export function patchClientClass(derived: ClientClass, version?: string): void {
  const Client = rootClass(derived, 'query');
  if (!takeOnce(Client.prototype)) return;
  const isDoubled = doubledCheck(Client);
  // libpq's client has no Connection of its own: its Query tells nothing of the protocol.
  const isNative = Client.Query !== undefined && !('handleReadyForQuery' in Client.Query.prototype);
  if (isNative) {
    patchNative(Client, isDoubled);
  } else {
    patchQuery(Client, isDoubled);
    patchConnect(Client, isDoubled);
  }
  patched.push({ module: isNative ? 'pg-native' : 'pg', version });
}

export function patchPoolClass(derived: PoolClass, version?: string): void {
  const Pool = rootClass(derived, 'newClient');
  if (!takeOnce(Pool.prototype)) return;
  // Without a version it was handed over, perhaps alone: the class of its clients is known when it makes one.
  patchPool(Pool, version === undefined ? patchIfClient : undefined);
  patched.push({ module: 'pg-pool', version });
}

function patchIfClient(Client: unknown): void {
  if (isClientClass(Client)) patchClientClass(Client);
}

/** The class at the root of the chain that defines a method: pg's own, whatever was derived from it. */
function rootClass<Known extends ClientClass | PoolClass>(derived: Known, method: string): Known {
  let root = derived;
  for (
    let at: object | null = derived.prototype;
    at !== null && Object.hasOwn(at, 'constructor');
    at = Object.getPrototypeOf(at)
  ) {
    if (Object.hasOwn(at, method)) root = at.constructor as Known;
  }
  return root;
}

function takeOnce(prototype: object): boolean {
  const by = Object.getOwnPropertyDescriptor(prototype, PATCHED)?.value;
  if (by === undefined) Object.defineProperty(prototype, PATCHED, { value: THIS_COPY });
  else if (by !== THIS_COPY) {
    warn(
      'PG_OTEL_TWO_COPIES',
      'Two copies of @pg-otel/instrumentation are loaded in this process. pg is instrumented by the one that came ' +
        'first, with its options and providers; the other one reports nothing. Install one version (npm ls @pg-otel/instrumentation).',
    );
  }
  return by === undefined;
}

function hasShape(value: unknown, shape: Shape): boolean {
  if (typeof value !== 'function') return false;
  const prototype = value.prototype as Record<string, unknown> | undefined;
  if (prototype === undefined || prototype === null) return false;
  return Object.entries(shape).every(([name, type]) => typeof prototype[name] === type);
}

/** Versions that are tested: pg 8.11 to 8.x, pg-pool 3.6 to 3.x. */
const SUPPORTED = {
  pg: { major: 8, minor: 11, says: '>=8.11.0 <9' },
  'pg-pool': { major: 3, minor: 6, says: '>=3.6.0 <4' },
} as const;

/** Says so, and returns false, for a version this package does not know: its driver stays bare. */
export function isSupported(module: keyof typeof SUPPORTED, version: string | undefined): boolean {
  if (version === undefined) return true;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const supported = SUPPORTED[module];
  if (major === supported.major && minor >= supported.minor) return true;
  warn(
    'PG_OTEL_UNSUPPORTED_VERSION',
    `${module} ${version} is not instrumented: supported is ${supported.says}. Nothing of it is changed.`,
  );
  return false;
}
