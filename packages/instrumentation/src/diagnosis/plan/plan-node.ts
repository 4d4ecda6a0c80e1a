/** A table by its schema and name. */
export interface Table {
  readonly schema: string;
  readonly name: string;
}

/** One node of a plan, as `EXPLAIN (FORMAT JSON, VERBOSE)` describes it. Costs are in the planner's unit. */
export interface PlanNode {
  /** Such as `Seq Scan`. */
  readonly type: string;
  /** To its parent: `Outer`, `Inner`, `Member`, `Subquery`, `InitPlan` or `SubPlan`. */
  readonly relationship: string;
  /** Such as `SubPlan 1`; empty for other nodes. */
  readonly subplan: string;
  /** Until the first row, for one execution. */
  readonly startupCost: number;
  /** Until the last row, for one execution. */
  readonly totalCost: number;
  /** Rows that one execution returns; of a parallel node, rows that one process returns. */
  readonly rows: number;
  readonly table: Table | undefined;
  readonly index: string | undefined;
  /** `Plain`, `Sorted`, `Hashed` or `Mixed`; empty for nodes without a strategy. */
  readonly strategy: string;
  /** Whether the processes of a parallel plan share its rows. */
  readonly isParallel: boolean;
  /** Processes that a `Gather` starts in addition to the server's own. */
  readonly workers: number;
  /** The condition that rows of a scan must meet. It may contain literals. */
  readonly filter: string | undefined;
  /** All conditions. */
  readonly conditions: readonly string[];
  /** Expressions by which the node sorts or groups. They may contain literals. */
  readonly keys: readonly string[];
  readonly children: readonly PlanNode[];
}

const MAX_NODES = 5000;
const MAX_DEPTH = 200;

/**
 * Reads the answer to `EXPLAIN (FORMAT JSON, VERBOSE)`. Returns `undefined` for anything else, and for plans that are too
 * large: the server may be of any version, a fork or a proxy.
 */
export function readPlan(json: string): PlanNode | undefined {
  try {
    const [explained] = JSON.parse(json) as [{ Plan?: unknown }];
    let nodes = 0;
    const read = (node: Json, depth: number): PlanNode => {
      nodes += 1;
      if (nodes > MAX_NODES || depth > MAX_DEPTH) throw new RangeError('The plan is too large');
      return nodeOf(
        node,
        list(node['Plans']).map((child) => read(child as Json, depth + 1)),
      );
    };
    return read(explained.Plan as Json, 0);
  } catch {
    return undefined;
  }
}

type Json = Readonly<Record<string, unknown>>;

const CONDITIONS = ['Filter', 'Join Filter', 'Index Cond', 'Hash Cond', 'Merge Cond', 'Recheck Cond'];

function nodeOf(node: Json, children: readonly PlanNode[]): PlanNode {
  const schema = text(node['Schema']);
  const name = text(node['Relation Name']);
  return {
    type: text(node['Node Type']).replace(/[^\w ]/g, ''),
    relationship: text(node['Parent Relationship']),
    subplan: text(node['Subplan Name']),
    startupCost: number(node['Startup Cost']),
    totalCost: number(node['Total Cost']),
    rows: number(node['Plan Rows']),
    table: name === '' ? undefined : { schema, name },
    index: text(node['Index Name']) || undefined,
    strategy: text(node['Strategy']),
    isParallel: node['Parallel Aware'] === true,
    workers: node['Workers Planned'] === undefined ? 0 : number(node['Workers Planned']),
    filter: text(node['Filter']) || undefined,
    conditions: CONDITIONS.map((key) => text(node[key])).filter((condition) => condition !== ''),
    keys: [...list(node['Sort Key']), ...list(node['Group Key'])].map(text),
    children,
  };
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function number(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) throw new TypeError('Not a number');
  return value;
}

/** Returns all nodes of a plan. */
export function* nodesOf(node: PlanNode): Generator<PlanNode> {
  yield node;
  for (const child of node.children) yield* nodesOf(child);
}
