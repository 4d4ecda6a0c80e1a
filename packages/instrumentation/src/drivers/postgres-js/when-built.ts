import type { Execution } from './execution';
import type { PostgresQuery } from './postgres';

/**
 * Reports to the execution when the driver has built the query, which it does when it sends the query. The property is an ordinary one
 * again afterwards. It costs several times more than the rest of the patch, so only queries whose connection does not
 * show when it sends them have it.
 */
export function whenBuilt(query: PostgresQuery, execution: Execution): void {
  const property = Object.getOwnPropertyDescriptor(query, 'statement');
  if (property === undefined || !('value' in property) || property.configurable !== true) return;
  Object.defineProperty(query, 'statement', {
    get: () => property.value,
    set(value: unknown) {
      Object.defineProperty(query, 'statement', { ...property, value });
      execution.built();
    },
    enumerable: property.enumerable === true,
    configurable: true,
  });
}
