import type { SideConnection } from '../contracts';
import { type PlanNode, readPlan } from './plan-node';
import type { PlannableStatement } from './plannable-statement';

const NAME = 'pg_otel_1';

/** `force_generic_plan`: the plan for any value. The transaction is read-only, and waits for no lock. */
const BEGIN = `begin isolation level read committed read only;
 set local lock_timeout = '100ms'; set local statement_timeout = '500ms';
 set local plan_cache_mode = force_generic_plan; savepoint pg_otel`;

/** A prepared statement remains after a rollback. Behind a pooler, it would remain in another client's session. */
const END = `rollback to savepoint pg_otel; deallocate ${NAME}; commit`;

/**
 * Asks the server for the plan of a statement without executing it. `EXPLAIN (GENERIC_PLAN)` is not used: a text that
 * contains several statements would be executed.
 *
 * @returns `undefined` if the server cannot plan the statement on this connection, for example because of a temporary
 *   table, and if it may not within the limits
 */
export async function askForPlan(
  side: SideConnection,
  { text, parameters }: PlannableStatement,
): Promise<PlanNode | undefined> {
  let isPrepared = false;
  try {
    await side.ask(BEGIN);
    await side.askOne(`prepare ${NAME} as ${text}`);
    isPrepared = true;
    const values = parameters === 0 ? '' : `(${Array.from({ length: parameters }, () => 'null').join()})`;
    const [rows] = await side.ask(`explain (format json, verbose) execute ${NAME}${values}`);
    return readPlan(rows?.[0]?.[0] ?? '');
  } catch {
    return undefined;
  } finally {
    await side.ask(isPrepared ? END : 'rollback').catch(() => {});
  }
}
