import { telemetry } from '../../telemetry';
import type { Callback } from '../callback';
import { guarded } from '../guarded';
import { replaceMethod } from '../method';
import { beginExecution, type Execution } from './execution';
import type { PostgresQuery, QueryClass } from './postgres';

/**
 * Patches the method that runs a query. `then`, `catch`, `finally`, `execute`, `forEach` and a cursor's `next` call it,
 * each time; the first call runs the query. It is not called for a query that is a fragment of another one.
 */
export function patchPostgresQuery(Query: QueryClass): void {
  replaceMethod(Query.prototype, 'handle', (original) => {
    return function handle(this: PostgresQuery): unknown {
      const to = telemetry();
      if (to !== undefined && !this.executed) {
        guarded('a query', () => {
          // A query that was cancelled before it ran is rejected already.
          const execution = this.cancelled ? undefined : beginExecution(to, this);
          if (execution !== undefined) follow(this, execution);
        });
      }
      return Reflect.apply(original, this, arguments);
    };
  });
}

function follow(query: PostgresQuery, execution: Execution): void {
  const { resolve, reject } = query;
  query.resolve = (value: unknown) => {
    execution.resolved(value);
    return resolve(value);
  };
  query.reject = (error: unknown) => {
    execution.rejected(error);
    return reject(error);
  };
  whenBuilt(query, () => execution.sent());
}

/** Calls back when the driver has built the query. The property is an ordinary one again afterwards. */
function whenBuilt(query: PostgresQuery, built: Callback): void {
  const property = Object.getOwnPropertyDescriptor(query, 'statement');
  if (property === undefined || !('value' in property) || property.configurable !== true) return;
  Object.defineProperty(query, 'statement', {
    get: () => property.value,
    set(value: unknown) {
      Object.defineProperty(query, 'statement', { ...property, value });
      built();
    },
    enumerable: property.enumerable === true,
    configurable: true,
  });
}
