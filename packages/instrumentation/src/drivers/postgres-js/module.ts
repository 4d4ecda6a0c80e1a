import { attachment } from '../../attachment';
import type { Callback } from '../callback';
import { guarded } from '../guarded';
import { replacementOf } from '../method';
import { Instance } from './instance';
import type { QueryClass, Sql } from './postgres';
import { followReserveAndEnd } from './reserve';

/** The replacement of the driver's function, and of a replacement the replacement itself. */
const replacements = attachment<Callback, Callback>();

/**
 * Reads what identifies the queries of an instance from a query that is never run.
 *
 * @param postgres the driver's function that has created the instance, if it is known
 * @returns the class of the instance's queries
 */
export function register(sql: Sql, postgres: Callback | undefined): QueryClass {
  // Not a template: the driver keeps the strings of templates for ever (src/query.js, originCache).
  const query = sql.unsafe('');
  const instance = Instance.of(sql.options);
  instance.postgres ??= postgres;
  const isNew = instance.created(query.handler);
  if (typeof query.canceller === 'function') instance.identifyBy(query.canceller);
  if (isNew && instance.hasQueues) followReserveAndEnd(sql, instance);
  return query.constructor as unknown as QueryClass;
}

/**
 * Returns the function to export in place of the driver's `postgres`. It returns the driver's own instances.
 *
 * @param created called with each instance, and with the driver's function
 */
export function followedPostgres(
  postgres: Callback,
  created: (sql: Sql, postgres: Callback) => void,
): Callback {
  const known = replacements.get(postgres);
  if (known !== undefined) return known;
  const replacement = replacementOf(postgres, (original) => {
    return function followed(this: unknown): unknown {
      const sql = Reflect.apply(original, this, arguments);
      guarded('postgres()', () => created(sql as Sql, original));
      return sql;
    };
  });
  const { name, length, prototype, ...properties } = Object.getOwnPropertyDescriptors(postgres);
  Object.defineProperties(replacement, properties);
  replacements.set(postgres, replacement);
  replacements.set(replacement, replacement);
  return replacement;
}
