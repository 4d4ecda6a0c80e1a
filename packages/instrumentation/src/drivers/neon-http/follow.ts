import { ownFailure } from '../../warnings';
import type { Callback } from '../callback';
import { replacementOf } from '../method';
import { Destination } from './destination';
import { isNeonFunction, type NeonFunction } from './neon';
import { destinations } from './query-promise';
import { patchTransaction, queryOf } from './transaction';

/** `neon`, which sees to it that the functions it returns are followed; they are the driver's own. */
export function followed(original: Callback): Callback {
  return replacementOf(original, () => {
    return function neon(this: unknown, ...args: unknown[]): unknown {
      const sql = Reflect.apply(original, this, args);
      try {
        if (isNeonFunction(sql)) followFunction(sql, args);
      } catch (error) {
        ownFailure('neon', error);
      }
      return sql;
    };
  });
}

/**
 * The transactions of one function; its other queries are followed by their class.
 *
 * @param args what it was made of, where that is known
 */
export function followFunction(sql: NeonFunction, args: readonly unknown[] = []): void {
  const { execute } = queryOf(sql);
  if (destinations.get(execute) !== undefined) return;
  const [first] = args;
  const isOptions = typeof first === 'object' && first !== null;
  const connectionString = isOptions ? (first as { connectionString?: unknown }).connectionString : first;
  destinations.set(execute, new Destination(connectionString));
  patchTransaction(sql);
}
