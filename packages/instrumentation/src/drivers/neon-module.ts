import type { Callback } from './callback';
import { patchFetchFunction } from './neon-http/fetch';
import { followed } from './neon-http/follow';
import { isNeonQueryPromiseClass, type NeonConfig, type NeonQueryPromiseClass } from './neon-http/neon';
import type { ClientClass, PoolClass } from './node-postgres/pg';
import {
  isClientClass,
  isPoolClass,
  patchClientClass,
  patchPoolClass,
  patchQueryPromiseClass,
} from './patch';

/** The exports of `@neondatabase/serverless`, in either of its two builds, which share nothing. */
export interface NeonModule {
  readonly neon: Callback;
  readonly neonConfig: NeonConfig;
  readonly NeonQueryPromise: NeonQueryPromiseClass;
  readonly Client: ClientClass;
  readonly Pool: PoolClass;
}

export function isNeonModule(value: unknown): value is NeonModule {
  if (typeof value !== 'object' || value === null) return false;
  const { neon, neonConfig, NeonQueryPromise, Client, Pool } = value as Partial<NeonModule>;
  return (
    typeof neon === 'function' &&
    typeof neonConfig === 'function' &&
    isNeonQueryPromiseClass(NeonQueryPromise) &&
    isClientClass(Client) &&
    isPoolClass(Pool)
  );
}

/** Patches the classes and settings of the module, and returns the replacement of `neon`. */
export function patchNeonModule(module: NeonModule, version?: string): Callback {
  const { neon, neonConfig, NeonQueryPromise, Client, Pool } = module;
  patchClientClass(Client, version);
  patchPoolClass(Pool, version, '@neondatabase/serverless');
  if (!patchQueryPromiseClass(NeonQueryPromise, version)) return neon;
  patchFetchFunction(neonConfig);
  return followed(neon);
}

/** Returns a copy of the module with another `neon`. It is a copy because neither build allows its exports to be redefined. */
export function withNeon<Module extends object>(module: Module, neon: Callback): Module {
  const properties = Object.getOwnPropertyDescriptors(module) as PropertyDescriptorMap;
  for (const property of Object.values(properties)) property.configurable = true;
  return Object.create(Object.getPrototypeOf(module), {
    ...properties,
    neon: { get: () => neon, enumerable: true, configurable: true },
  });
}
