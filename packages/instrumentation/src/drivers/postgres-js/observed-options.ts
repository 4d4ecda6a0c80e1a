import { attachment } from '../../attachment';
import type { PostgresOptions } from './postgres';

/** The options that the driver reads at a certain point of a setup (src/connection.js). */
const OBSERVED = ['socket', 'max_lifetime', 'fetch_types', 'pass', 'parameters'] as const;
export type ObservedOption = (typeof OBSERVED)[number];

/** Answers the driver when it reads one of these options. */
export interface OptionReader {
  read(name: ObservedOption): unknown;
}

const unobserved = attachment<object, true>();

/** The connections with these options are not followed: they ask questions of pg-otel. */
export const leaveUnobserved = (options: object): void => unobserved.set(options, true);

export const areUnobserved = (options: object): boolean => unobserved.get(options) === true;

/** What inherits the application's options, and all connections of the instance inherit. */
const observedOf = attachment<PostgresOptions, PostgresOptions>();
const readerOf = attachment<object, OptionReader>();
const originalOf = attachment<object, PostgresOptions>();

/**
 * Returns the options for one connection: they inherit the application's, with accessors for those that are observed.
 * The accessors are on a prototype that the connections of an instance share. If each connection had its own, the
 * driver's reads of all other options would see objects of as many shapes, which V8 compiles to slower code.
 */
export function observedOptions(original: PostgresOptions, reader: OptionReader): PostgresOptions {
  let observed = observedOf.get(original);
  if (observed === undefined) {
    observed = Object.create(original, accessorsFor(original)) as PostgresOptions;
    observedOf.set(original, observed);
  }
  const options = Object.create(observed) as PostgresOptions;
  readerOf.set(options, reader);
  originalOf.set(options, original);
  return options;
}

/** The application's options, of those that a connection got. */
export const originalOptions = (options: PostgresOptions): PostgresOptions =>
  originalOf.get(options) ?? options;

function accessorsFor(original: PostgresOptions): PropertyDescriptorMap {
  const accessor = (name: ObservedOption): PropertyDescriptor => ({
    get(this: object): unknown {
      const reader = readerOf.get(this);
      return reader === undefined ? original[name] : reader.read(name);
    },
    enumerable: true,
  });
  return Object.fromEntries(OBSERVED.map((name) => [name, accessor(name)]));
}
