import { dearestPart } from './dearest-part';
import { nodesOf, type PlanNode, type Table } from './plan-node';
import { columnOfExpression, columnsOfSimpleFilter } from './simple-filter';

/** What is kept of a plan. It contains no condition and no literal. */
export interface StatementPlan {
  /** Whether the statement has parameters: the server may use another plan for its values. */
  readonly isForAnyValue: boolean;
  /** All tables of the plan. */
  readonly tables: readonly Table[];
  /** `undefined` if the plan is cheap by its estimates, and explains nothing. */
  readonly dearest: DearestStep | undefined;
}

/** The dearest part of a plan. */
export interface DearestStep {
  /** Such as `Seq Scan`. */
  readonly type: string;
  /** The tables that it reads: one, or several partitions. Empty if it is not a scan of a table. */
  readonly scanned: readonly Table[];
  /** The tables that the steps below it read. */
  readonly below: readonly Table[];
  readonly index: string | undefined;
  /** Columns by which it sorts or groups. Expressions are not among them. */
  readonly keys: readonly string[];
  /** Columns of which a scan's condition consists; `undefined` if the condition has other parts. */
  readonly filtered: readonly string[] | undefined;
  readonly hasFilter: boolean;
  /** Of the estimated cost of the whole plan, from 0 to 1. */
  readonly share: number;
  readonly executions: number;
  /** How much of its rows the plan needs, from 0 to 1. */
  readonly fraction: number;
  /** Rows that one execution returns if the plan needs all of them. */
  readonly rows: number;
  /** The same of the step below it. */
  readonly inputRows: number;
}

/** In the planner's unit, where reading a page of 8 kB costs 1. A cheaper plan explains nothing. */
const MIN_COST = 1000;
/** The facts about more tables would be too many to ask for. */
const MAX_TABLES = 600;

/** Returns what is kept of a plan; `undefined` if it reads no table, or too many. */
export function statementPlan(plan: PlanNode, parameters: number): StatementPlan | undefined {
  const tables = tablesOf([plan]);
  if (tables.length === 0 || tables.length > MAX_TABLES) return undefined;
  const dearest = plan.totalCost < MIN_COST ? undefined : dearestStep(plan);
  return { isForAnyValue: parameters > 0, tables, dearest };
}

function dearestStep(plan: PlanNode): DearestStep {
  const { nodes, ...figures } = dearestPart(plan);
  const [node] = nodes as [PlanNode];
  const isScan = node.table !== undefined && node.type !== 'ModifyTable';
  return {
    ...figures,
    type: node.type,
    scanned: isScan ? nodes.flatMap(({ table }) => table ?? []) : [],
    below: isScan ? [] : tablesOf(node.children),
    index: node.index ?? [...nodesOf(node)].find(({ type }) => type === 'Bitmap Index Scan')?.index,
    keys: [...new Set(node.keys.flatMap((key) => columnOfExpression(key) ?? []))],
    filtered: node.filter === undefined ? undefined : columnsOfSimpleFilter(node.filter),
    hasFilter: node.filter !== undefined,
  };
}

function tablesOf(plans: readonly PlanNode[]): Table[] {
  const tables = plans.flatMap((plan) => [...nodesOf(plan)]).flatMap(({ table }) => table ?? []);
  return [...new Map(tables.map((table) => [JSON.stringify(table), table])).values()];
}
