import { attachment } from '../../attachment';
import { now } from '../../clock';
import { type Telemetry, telemetry } from '../../telemetry';
import { logInternalError } from '../../warnings';
import type { Callback } from '../callback';
import { guarded } from '../guarded';
import { intercept, replaceMethod } from '../method';
import type { Destination } from './destination';
import { Execution, type Sent } from './execution';
import {
  HAS_STANDARD_STRINGS,
  type NeonQueryPromise,
  type NeonQueryPromiseClass,
  parameterized,
} from './neon';

/** The destination of each `execute` function. All queries of one function that `neon(…)` returned share one `execute`. */
export const destinations = attachment<Callback, Destination>();

/**
 * Patches the three methods that run a query. Each call of one of them runs the query once. This covers templates,
 * `sql.query`, and a pool's queries over HTTP. These methods are not called for a query that is part of another one, or
 * of a transaction.
 */
export function patchQueryPromise(QueryPromise: NeonQueryPromiseClass): void {
  for (const name of ['then', 'catch', 'finally'] as const) {
    replaceMethod(QueryPromise.prototype, name, (original) => {
      return function run(this: NeonQueryPromise): unknown {
        const to = telemetry();
        const restore = to && guarded('a query over HTTP', () => followExecute(to, this));
        try {
          return Reflect.apply(original, this, arguments);
        } finally {
          if (restore !== undefined) guarded('a query over HTTP', restore);
        }
      };
    });
  }
}

/** Queries on which one of these methods is being called. A nested call belongs to the same execution. */
const running = new Set<NeonQueryPromise>();

/** Replaces `execute` of the query, which the driver's methods call immediately. Returns a function that restores it. */
function followExecute(to: Telemetry, query: NeonQueryPromise): (() => void) | undefined {
  const startedAt = now();
  if (running.has(query) || !to.isObserved(startedAt) || query.queryData === undefined) return undefined;
  const execution = Execution.of(to, startedAt, () => sentBy(to, query), destinations.get(query.execute));
  if (execution === undefined) return undefined;
  const restore = intercept(query, 'execute', (original) => {
    return function executed(this: unknown, data: unknown, ...rest: unknown[]): unknown {
      const sent = data === query.queryData ? commented(to, query) : data;
      return execution.follow(() => Reflect.apply(original, this, [sent, ...rest]));
    };
  });
  running.add(query);
  return () => {
    running.delete(query);
    restore();
  };
}

function sentBy(to: Telemetry, { queryData }: NeonQueryPromise): Sent {
  const { query, params } = parameterized(queryData);
  return {
    statement: to.statements.get(query, HAS_STANDARD_STRINGS),
    parameters: params.length > 0 ? params : undefined,
    size: 1,
    isTransaction: false,
  };
}

/** The query with the caller's trace as a comment in its text; the query itself when there is nothing to add. */
function commented(to: Telemetry, { queryData }: NeonQueryPromise): unknown {
  if (!to.addsComments) return queryData;
  try {
    const { query, params } = parameterized(queryData);
    const text = query === '' ? undefined : to.withComment(query);
    return text === undefined ? queryData : { query: text, params };
  } catch (error) {
    logInternalError('SQL comment', error);
    return queryData;
  }
}
