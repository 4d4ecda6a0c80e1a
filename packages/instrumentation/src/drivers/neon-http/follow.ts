import { logInternalError } from '../../warnings';
import type { Callback } from '../callback';
import { originalOf, replacementOf } from '../method';
import { Destination } from './destination';
import { isNeonFunction, type NeonFunction, type NeonQueryPromise, queryOf } from './neon';
import { destinations } from './query-promise';
import { patchTransaction } from './transaction';

/**
 * Replaces `neon`, so that the functions it returns are instrumented. The returned functions are the driver's own, not
 * wrappers.
 */
export function followed(original: Callback): Callback {
  if (originalOf(original) !== undefined) return original;
  return replacementOf(original, () => {
    return function neon(this: unknown, ...args: unknown[]): unknown {
      const sql = Reflect.apply(original, this, args);
      try {
        const query = isNeonFunction(sql) ? queryOf(sql) : undefined;
        if (query !== undefined) followFunction(sql, query, args);
      } catch (error) {
        logInternalError('neon', error);
      }
      return sql;
    };
  });
}

/**
 * Instruments the transactions of one function that `neon(…)` returned. Its other queries are instrumented by the patch
 * of `NeonQueryPromise`.
 *
 * @param query any query of the function
 * @param args the arguments of `neon`, if they are known
 */
export function followFunction(
  sql: NeonFunction,
  { execute }: NeonQueryPromise,
  args: readonly unknown[] = [],
): void {
  if (destinations.get(execute) !== undefined) return;
  const [first] = args;
  const isOptions = typeof first === 'object' && first !== null;
  const connectionString = isOptions ? (first as { connectionString?: unknown }).connectionString : first;
  const destination = new Destination(connectionString);
  destinations.set(execute, destination);
  patchTransaction(sql, destination);
}
