import { count, size } from '../quantities';
import type { TableFacts } from './catalog';
import { indexHint } from './index-hint';
import { columnList, nameOf, tableList } from './names';
import type { Table } from './plan-node';
import type { DearestStep, StatementPlan } from './statement-plan';

/**
 * Describes the dearest step of a plan in one sentence; `undefined` if the plan is cheap.
 *
 * @param allFacts one for each of the plan's tables
 */
export function planSentence(
  { dearest, tables, isForAnyValue }: StatementPlan,
  allFacts: readonly TableFacts[],
): string | undefined {
  if (dearest === undefined) return undefined;
  const factsOf = (some: readonly Table[]) =>
    some.flatMap((table) => allFacts[tables.findIndex(isSame(table))] ?? []);
  const scanned = factsOf(dearest.scanned);
  const hint = indexHint(dearest, scanned);
  const plan = isForAnyValue ? 'its plan for any value' : 'its plan';
  const share = `${Math.round(dearest.share * 100)} % of the estimated cost`;
  const action = scanned.length > 0 ? reading(dearest, scanned) : working(dearest, factsOf(dearest.below));
  return `${plan} ${action}${times(dearest.executions)} (${share})${hint === undefined ? '' : `; ${hint}`}`;
}

const isSame =
  (one: Table) =>
  (other: Table): boolean =>
    one.schema === other.schema && one.name === other.name;

function working({ type, keys, rows, inputRows }: DearestStep, below: readonly TableFacts[]): string {
  const tables = tableList(below.map(({ name }) => name));
  if (JOIN.test(type)) return `joins rows of ${tables} into about ${count(rows)} rows`;
  const of = `about ${count(inputRows)} rows${tables === '' ? '' : ` of ${tables}`}`;
  if (SORT.test(type)) return `sorts ${of}${columnList(keys)}`;
  if (GROUP.test(type)) return `groups ${of}${columnList(keys)}`;
  return `runs ${type} on ${of}`;
}

const JOIN = /^(?:Nested Loop|Hash Join|Merge Join)$/;
const SORT = /Sort$/;
const GROUP = /^(?:Aggregate|Group)$/;

function reading(step: DearestStep, facts: readonly TableFacts[]): string {
  const { type, index, rows, fraction } = step;
  const table = tableOf(facts);
  const kept = count(rows * fraction);
  if (index !== undefined) return `reads about ${kept} rows of ${table} by index ${nameOf(index)}`;
  if (type !== 'Seq Scan') return `reads about ${kept} rows of ${table}`;
  const total = facts.reduce<number | undefined>((sum, { rows }) => add(sum, rows), 0);
  const bytes = facts.reduce((sum, { bytes }) => sum + bytes, 0);
  const keep = step.hasFilter ? ` to keep about ${kept}` : '';
  const read = size(bytes * fraction);
  if (total === undefined) return `reads ${fraction > 0.99 ? 'all' : 'a part'} of ${table} (${read})${keep}`;
  return `reads about ${count(total * fraction)} rows (${read}) of ${table}${keep}`;
}

const add = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? undefined : one + other;

/** Several partitions have the name of their table. */
function tableOf(facts: readonly TableFacts[]): string {
  const root = facts[0]?.root;
  if (facts.length === 1 || root === undefined) return tableList(facts.map(({ name }) => name));
  return `${facts.length} partitions of ${tableList([root])}`;
}

const times = (executions: number): string => (executions < 2 ? '' : `, about ${count(executions)} times`);
