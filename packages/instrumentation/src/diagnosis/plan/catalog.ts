import type { SideConnection } from '../contracts';
import { limited } from '../limited';
import { literal } from '../literal';
import type { Table } from './plan-node';

/** What the catalog of the server contains about a table of a plan. */
export interface TableFacts {
  /** As the server writes it: with its schema if `search_path` does not find it. */
  readonly name: string;
  /** Whether the session that runs the statement has a lock on the table, or on the table that it is a partition of. */
  readonly isLocked: boolean;
  /** Estimated; `undefined` before the first ANALYZE. */
  readonly rows: number | undefined;
  readonly bytes: number;
  readonly pages: number;
  /** Rows that the last ANALYZE or VACUUM has seen; `undefined` if the table had none since it was created or truncated. */
  readonly seenRows: number | undefined;
  /** Rows, as the server counts them; 0 if it does not. */
  readonly liveRows: number;
  /** Rows that were inserted, updated or deleted since the last ANALYZE, or in the transaction that analysed it. */
  readonly changes: number;
  /** The name of the table that it is a partition of. */
  readonly root: string | undefined;
  /** The first columns of its indexes. */
  readonly indexed: readonly IndexedColumn[];
}

interface IndexedColumn {
  readonly column: string;
  /** Whether the index is valid, and contains all rows. */
  readonly isWhole: boolean;
}

/**
 * Asks the catalog about the tables of a plan. Returns `undefined` if one of them does not exist.
 *
 * @param pid the process id of the session that runs the statement
 * @throws Error of the driver or the server
 */
export async function tableFacts(
  side: SideConnection,
  pid: number,
  tables: readonly Table[],
): Promise<TableFacts[] | undefined> {
  const names = JSON.stringify(tables.map(({ schema, name }) => [schema, name]));
  const results = await side.ask(limited(factsSql(literal(names), pid)));
  const answer = results.at(-1)?.[0]?.[0];
  const facts = typeof answer !== 'string' ? [] : (JSON.parse(answer) as Row[]);
  return facts.length === tables.length ? facts.map(factsOf) : undefined;
}

/**
 * Its name, whether it is locked, its rows, bytes and pages, its seen rows, live rows and changes, its root, and the first columns of
 * its indexes.
 */
type Row = [
  string,
  boolean,
  number | null,
  number,
  number,
  number,
  number,
  number,
  string | null,
  readonly [string, boolean][] | null,
];

function factsOf([
  name,
  isLocked,
  rows,
  bytes,
  pages,
  seenRows,
  liveRows,
  changes,
  root,
  indexed,
]: Row): TableFacts {
  return {
    name: String(name),
    isLocked,
    rows: rows ?? undefined,
    bytes,
    pages,
    // Before PostgreSQL 14, a table without VACUUM has 0 rows.
    seenRows: seenRows < 0 ? undefined : seenRows,
    liveRows,
    changes,
    root: root === null ? undefined : String(root),
    indexed: (indexed ?? []).map(([column, isWhole]) => ({ column, isWhole })),
  };
}

/**
 * The number of rows is estimated as the planner does, from the number at the last ANALYZE and the size today. The locks
 * prove that the plan is about the tables that the running statement uses: its session may have another `search_path`.
 */
const factsSql = (names: string, pid: number): string => `with asked as materialized (
 select n, c.oid, c.reltuples, c.relpages, pg_relation_size(c.oid) as bytes, case when c.relispartition then pg_partition_root(c.oid) end::regclass::text as root
   from jsonb_array_elements(${names}) with ordinality a(t, n)
   join pg_namespace s on s.nspname = t->>0
   join pg_class c on c.relnamespace = s.oid and c.relname = t->>1),
 held as materialized (select distinct relation from pg_locks where pid = ${Math.trunc(pid)} and granted and locktype = 'relation'
   and database in (0, (select oid from pg_database where datname = current_database())))
 select jsonb_agg(jsonb_build_array(oid::regclass::text,
   exists (select from held where relation = asked.oid or relation in (select relid from pg_partition_ancestors(asked.oid))),
   case when reltuples >= 0 then case when relpages > 0 then reltuples / relpages * (bytes / block) else reltuples end end,
   bytes, bytes / block, reltuples, pg_stat_get_live_tuples(oid), pg_stat_get_mod_since_analyze(oid), root,
   (select jsonb_agg(jsonb_build_array(attname, indisvalid and indpred is null)) from pg_index
      join pg_attribute on attrelid = indrelid and attnum = indkey[0] where indrelid = asked.oid)) order by n)
 from asked, (select current_setting('block_size')::int8 block) b`;
