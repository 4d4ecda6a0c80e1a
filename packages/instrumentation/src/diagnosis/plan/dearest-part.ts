import type { PlanNode } from './plan-node';

/** The part of a plan with the highest estimated cost: one node, or the same scan of several partitions. */
export interface DearestPart {
  readonly nodes: readonly PlanNode[];
  /** Of the cost of the whole plan, from 0 to 1. */
  readonly share: number;
  /** How often it is executed. */
  readonly executions: number;
  /** How much of its rows the plan needs, from 0 to 1: less than 1 below a LIMIT. */
  readonly fraction: number;
  /** Rows that one execution returns, of all processes together, if the plan needs all of them. */
  readonly rows: number;
  /** The same of the node below it, whose rows it sorts or groups. */
  readonly inputRows: number;
}

/** Returns the dearest part of a plan. */
export function dearestPart(plan: PlanNode): DearestPart {
  const parts = new Map<unknown, Part>();
  collect(plan, { executions: 1, fraction: 1, weight: 1, processes: 1, part: undefined }, parts);
  const dearest = [...parts.values()].reduce((one, other) => (other.cost > one.cost ? other : one));
  const { cost, ...part } = dearest;
  return { ...part, share: plan.totalCost === 0 ? 1 : Math.min(1, cost / plan.totalCost) };
}

interface Part extends Omit<DearestPart, 'share'> {
  readonly nodes: PlanNode[];
  rows: number;
  cost: number;
}

/** How a node is executed. */
interface Run {
  readonly executions: number;
  readonly fraction: number;
  /** How much of the node's cost its parent contains, from 0 to 1: less than 1 below a parallel Append. */
  readonly weight: number;
  /** Processes among which the rows of parallel nodes are divided. */
  readonly processes: number;
  /** The part that the node belongs to, if it is not a separate one. */
  readonly part: unknown;
}

/** The cost of a node with the nodes below it, in all its executions. */
const costOf = ({ startupCost, totalCost }: PlanNode, { executions, fraction, weight }: Run): number =>
  weight * executions * (startupCost + fraction * (totalCost - startupCost));

/** Assigns the cost of each node, without the nodes below it, to its part. */
function collect(node: PlanNode, run: Run, parts: Map<unknown, Part>): void {
  const runs = runsBelow(node, run);
  let own = costOf(node, run);
  for (const [child, childRun] of runs) own -= costOf(child, childRun);
  const key = run.part ?? node;
  const rows = rowsOf(node, run.processes);
  const part = parts.get(key);
  if (part === undefined) {
    const { executions, fraction, processes } = run;
    const [below] = node.children;
    const inputRows = below === undefined ? rows : rowsOf(below, processes);
    parts.set(key, { nodes: [node], executions, fraction, rows, inputRows, cost: Math.max(0, own) });
  } else {
    part.cost += Math.max(0, own);
    // The rows of a bitmap or hash table are those of the scan or join that it belongs to.
    if (node.type === part.nodes[0]?.type) {
      part.nodes.push(node);
      part.rows += rows;
    }
  }
  for (const [child, childRun] of runs) collect(child, childRun, parts);
}

/** The rows that one execution of a node returns in all processes. */
function rowsOf(node: PlanNode, processes: number): number {
  return isPartial(node) ? node.rows * processes : node.rows;
}

/** Whether each process of a parallel plan returns other rows. */
function isPartial(node: PlanNode): boolean {
  if (node.isParallel) return true;
  const outer = node.children.find(({ relationship }) => relationship === 'Outer');
  return node.workers === 0 && outer !== undefined && isPartial(outer);
}

/** Nodes that need all rows of the node below them before they return their first row. */
const NEEDS_ALL = new Set(['Sort', 'Hash', 'Bitmap Heap Scan', 'BitmapAnd', 'BitmapOr', 'ModifyTable']);
const isBlocking = ({ type, strategy }: PlanNode): boolean =>
  NEEDS_ALL.has(type) || (['Aggregate', 'SetOp'].includes(type) && strategy !== 'Sorted');

function runsBelow(node: PlanNode, run: Run): Map<PlanNode, Run> {
  const cost = costOf(node, run);
  const processes = node.workers === 0 ? run.processes : processesOf(node.workers);
  const runs = new Map<PlanNode, Run>();
  for (const child of node.children) {
    if (child.relationship === 'SubPlan') continue;
    runs.set(child, {
      executions: executionsOf(node, child, run),
      fraction: fractionOf(node, child, run),
      weight: run.weight,
      processes,
      part: partOf(node, child, run.part),
    });
  }
  fit(node, runs, cost);
  addSubplans(node, run, runs, cost);
  return runs;
}

/** Of the processes of a parallel plan, the first one also collects the rows (costsize.c, get_parallel_divisor). */
const processesOf = (workers: number): number => workers + Math.max(0, 1 - 0.3 * workers);

/** A Materialize node keeps the rows, and returns them again. */
const executionsOf = (node: PlanNode, child: PlanNode, { executions, fraction }: Run): number =>
  node.type === 'Materialize' ? 1 : executions * repetitionsOf(node, child, fraction);

function repetitionsOf(node: PlanNode, child: PlanNode, fraction: number): number {
  if (child.relationship !== 'Inner') return 1;
  if (node.type === 'Nested Loop') {
    const outer = node.children.find(({ relationship }) => relationship === 'Outer');
    return Math.max(1, (outer?.rows ?? 1) * fraction);
  }
  // The planner assumes ten rounds (costsize.c, cost_recursive_union).
  return node.type === 'Recursive Union' ? 10 : 1;
}

function fractionOf(node: PlanNode, child: PlanNode, { fraction }: Run): number {
  if (child.relationship === 'InitPlan' || isBlocking(node)) return 1;
  if (child.relationship === 'Inner' && node.type !== 'Merge Join') return 1;
  if (node.type !== 'Limit') return fraction;
  const span = child.totalCost - child.startupCost;
  const needed = node.startupCost + fraction * (node.totalCost - node.startupCost) - child.startupCost;
  return span === 0 ? 1 : Math.min(1, Math.max(0, needed / span));
}

const BITMAP = /^Bitmap(?: Index Scan|And|Or)$/;

/** A bitmap belongs to its scan, a hash table or kept rows to their join, and scans of partitions belong together. */
function partOf(node: PlanNode, child: PlanNode, part: unknown): unknown {
  if (BITMAP.test(child.type) || ['Hash', 'Materialize'].includes(child.type)) return part ?? node;
  const isPartition = child.relationship === 'Member' && child.table !== undefined;
  return isPartition ? partitions(node, child.type) : undefined;
}

const scansOf = new WeakMap<PlanNode, Map<string, object>>();

/** Returns the key of all scans of one type below an Append. */
function partitions(append: PlanNode, type: string): object {
  const scans = scansOf.get(append) ?? new Map<string, object>();
  scansOf.set(append, scans);
  const key = scans.get(type) ?? {};
  scans.set(type, key);
  return key;
}

/**
 * Reduces the nodes below a node to what its cost allows. A Memoize or Materialize node makes repetitions cheap, a merge
 * join may end before it has read all rows, and the processes of a parallel Append divide the nodes below it.
 */
function fit(node: PlanNode, runs: Map<PlanNode, Run>, cost: number): void {
  const sum = (isRepeated: boolean): number =>
    [...runs].reduce(
      (total, [child, run]) =>
        repetitionsOf(node, child, 1) > 1 === isRepeated ? total + costOf(child, run) : total,
      0,
    );
  const once = sum(false);
  const repeated = sum(true);
  if (once + repeated <= cost) return;
  for (const [child, run] of runs) {
    if (repetitionsOf(node, child, 1) > 1) {
      const scale = Math.max(0, cost - once) / repeated;
      runs.set(child, { ...run, executions: Math.max(1, run.executions * scale) });
    } else if (once > cost) {
      const scale = cost / once;
      const scaled =
        node.type === 'Merge Join' ? { fraction: run.fraction * scale } : { weight: run.weight * scale };
      runs.set(child, { ...run, ...scaled });
    }
  }
}

/**
 * A subplan in a condition is executed for each row that is tested, whose number the plan does not contain: the rest of
 * the node's cost is assigned to it. Elsewhere it is executed for each row that is returned, and a hashed one once.
 */
function addSubplans(node: PlanNode, run: Run, runs: Map<PlanNode, Run>, cost: number): void {
  const subplans = node.children.filter(({ relationship }) => relationship === 'SubPlan');
  if (subplans.length === 0) return;
  const others = [...runs].reduce((total, [child, childRun]) => total + costOf(child, childRun), 0);
  const each = Math.max(0, cost - others) / subplans.reduce((total, { totalCost }) => total + totalCost, 0);
  for (const subplan of subplans) {
    const tested = node.conditions.filter((condition) => condition.includes(subplan.subplan));
    const isHashed = tested.some((condition) => condition.includes(`hashed ${subplan.subplan}`));
    const wanted = tested.length > 0 ? each : node.rows * run.executions * run.fraction;
    const executions = isHashed ? run.executions : Math.max(1, Math.min(wanted, each));
    runs.set(subplan, {
      executions,
      fraction: 1,
      weight: run.weight,
      processes: run.processes,
      part: undefined,
    });
  }
}
