import type { TableFacts } from './catalog';
import { columnChoice, tableList } from './names';
import type { DearestStep } from './statement-plan';

/** With fewer pages, or if more rows are kept, reading the whole table may be the best plan. */
const MIN_PAGES = 1000;
const MAX_KEPT = 0.05;

/**
 * States which index does not exist. Returns `undefined` unless the step reads a whole table to keep few of its rows, by
 * conditions on columns with which no index begins. The catalog proves that; that an index would help is an estimate.
 */
export function indexHint(step: DearestStep, facts: readonly TableFacts[]): string | undefined {
  const { type, filtered, rows, fraction } = step;
  const [fact, ...others] = facts;
  if (type !== 'Seq Scan' || fact === undefined || others.length > 0) return undefined;
  if (filtered === undefined || fact.rows === undefined) return undefined;
  if (fact.pages * fraction < MIN_PAGES || rows >= fact.rows * MAX_KEPT) return undefined;
  const indexed = fact.indexed.filter(({ column }) => filtered.includes(column));
  if (indexed.some(({ isWhole }) => isWhole)) return undefined;
  const index = indexed.length === 0 ? 'no index' : 'no complete and valid index';
  return `${index} of ${tableList([fact.name])} begins with ${columnChoice(filtered)}`;
}
