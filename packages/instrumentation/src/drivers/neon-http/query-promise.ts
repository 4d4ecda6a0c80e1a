import { attachment } from '../../attachment';
import { now } from '../../clock';
import { type Telemetry, telemetry } from '../../telemetry';
import { ownFailure } from '../../warnings';
import type { Callback } from '../callback';
import { replaceMethod } from '../method';
import type { Destination } from './destination';
import { Execution, type Sent } from './execution';
import { type NeonQueryPromise, type NeonQueryPromiseClass, parameterized } from './neon';

/** Of the `execute` that all queries of one `neon(…)` share. */
export const destinations = attachment<Callback, Destination>();

/**
 * A query runs anew each time it is asked for its result. These three methods are where that happens, for templates,
 * `sql.query`, and a pool's queries over HTTP; a query that is part of another one, or of a transaction, never gets
 * here.
 */
export function patchQueryPromise(QueryPromise: NeonQueryPromiseClass): void {
  for (const name of ['then', 'catch', 'finally'] as const) {
    replaceMethod(QueryPromise.prototype, name, (original) => {
      return function asked(this: NeonQueryPromise): unknown {
        const to = telemetry();
        const startedAt = now();
        if (to === undefined || !to.isHeard(startedAt)) return Reflect.apply(original, this, arguments);
        const execution = Execution.of(to, startedAt, () => sentBy(to, this), destinations.get(this.execute));
        if (execution === undefined) return Reflect.apply(original, this, arguments);
        // As the driver's own methods do it.
        const result = execution.follow(() => this.execute(commented(to, this), this.opts));
        const promise = result as Record<typeof name, Callback>;
        return Reflect.apply(promise[name], promise, arguments);
      };
    });
  }
}

function sentBy(to: Telemetry, { queryData }: NeonQueryPromise): Sent {
  const { query, params } = parameterized(queryData);
  return {
    statement: to.statements.get(query),
    parameters: params.length > 0 ? params : undefined,
    size: 1,
    isTransaction: false,
  };
}

/** The query with the caller's trace as comment behind its text; itself, where there is nothing to add. */
function commented(to: Telemetry, { queryData }: NeonQueryPromise): unknown {
  if (!to.addsComments) return queryData;
  try {
    const { query, params } = parameterized(queryData);
    const text = query === '' ? undefined : to.withComment(query);
    return text === undefined ? queryData : { query: text, params };
  } catch (error) {
    ownFailure('SQL comment', error);
    return queryData;
  }
}
