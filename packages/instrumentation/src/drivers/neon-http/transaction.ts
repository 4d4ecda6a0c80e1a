import { now } from '../../clock';
import { type Telemetry, telemetry } from '../../telemetry';
import type { Callback } from '../callback';
import { guarded } from '../guarded';
import { replaceMethod } from '../method';
import type { Destination } from './destination';
import { Execution, executions, type Sent } from './execution';
import { HAS_STANDARD_STRINGS, type NeonFunction, type NeonQueryPromise, parameterized } from './neon';

/** Patches `sql.transaction(queries)`, which sends all queries in one request, immediately. */
export function patchTransaction(sql: NeonFunction, destination: Destination): void {
  replaceMethod(sql, 'transaction', (original) => {
    return function transaction(this: unknown, ...args: unknown[]): unknown {
      const to = telemetry();
      const startedAt = now();
      const isObserved = to && guarded('sql.transaction', () => to.isObserved(startedAt));
      if (!isObserved) return Reflect.apply(original, this, args);
      const [given, ...rest] = args;
      let queries = given;
      // The driver calls the function within this call, and gets the queries from it.
      const passed =
        typeof given === 'function'
          ? function (this: unknown, ...inner: unknown[]): unknown {
              const execution = executions.take();
              try {
                queries = Reflect.apply(given as Callback, this, inner);
                return queries;
              } finally {
                executions.enter(execution);
              }
            }
          : given;
      const execution = Execution.of(to, startedAt, () => sentBy(to, queries), destination);
      if (execution === undefined) return Reflect.apply(original, this, args);
      return execution.follow(() =>
        Reflect.apply(original, this, args.length === 0 ? args : [passed, ...rest]),
      );
    };
  });
}

/** `undefined` for arguments that the driver rejects. */
function sentBy(to: Telemetry, queries: unknown): Sent | undefined {
  if (!Array.isArray(queries) || !queries.every((query) => query?.queryData !== undefined)) return undefined;
  const parts = (queries as NeonQueryPromise[]).map(({ queryData }) => {
    const { query, params } = parameterized(queryData);
    return { text: query, isParameterised: params.length > 0, params };
  });
  const [first] = parts;
  const isBatch = parts.length > 1;
  return {
    isTransaction: true,
    size: parts.length,
    statement: isBatch
      ? to.statements.batch(parts, HAS_STANDARD_STRINGS)
      : to.statements.get(first?.text ?? '', HAS_STANDARD_STRINGS),
    parameters: !isBatch && first?.isParameterised ? first.params : undefined,
  };
}
