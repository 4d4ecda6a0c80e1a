import type { Tree } from './parse-tree';

const relationObjects = ['TABLE', 'VIEW', 'MATVIEW', 'INDEX', 'SEQUENCE', 'FOREIGN_TABLE'].map(
  (kind) => `OBJECT_${kind}`,
);
const namedObjects = ['SCHEMA', 'DATABASE', 'FUNCTION', 'PROCEDURE', 'ROUTINE'].map(
  (kind) => `OBJECT_${kind}`,
);
const attachedObjects = ['TRIGGER', 'RULE', 'POLICY', 'TABCONSTRAINT'].map((kind) => `OBJECT_${kind}`);

/** Statements whose relations are left out: names of constraints, types, and of tables elsewhere. */
const withoutTargets = ['ConstraintsSetStmt', 'CompositeTypeStmt', 'ImportForeignSchemaStmt'];

/** The name in a node of the tree, which has several shapes. */
function nameOf(node: unknown): string[] {
  const { String: string, List: list, ObjectWithArgs: object, sval, items, objname } = node as Tree;
  if (string !== undefined) return nameOf(string);
  if (list !== undefined) return nameOf(list);
  if (object !== undefined) return nameOf(object);
  if (typeof sval === 'string') return [sval];
  return ((items ?? objname ?? []) as unknown[]).flatMap(nameOf);
}

/** What the summary must contain according to the parse tree, collected by separate rules of scope. */
export class TreeReader {
  private readonly targets: { location: number; name: string[] }[] = [];
  readonly operations: Record<string, number> = {};
  private commonTables: string[] = [];
  /** The place of names without a location. */
  private here = 0;
  /** The same for the last part of a statement, such as NOTIFY in a rule. */
  private there = 0;

  get names(): string[][] {
    return this.targets.sort((one, other) => one.location - other.location).map(({ name }) => name);
  }

  readStatements(stmts: readonly Tree[]): void {
    for (const { stmt, stmt_location = 0, stmt_len = Number.MAX_SAFE_INTEGER } of stmts) {
      this.here = stmt_location as number;
      this.there = this.here + (stmt_len as number);
      this.read(stmt);
    }
  }

  private read(value: unknown): void {
    if (Array.isArray(value)) {
      for (const item of value) this.read(item);
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, child] of Object.entries(value)) this.node(key, child as Tree);
    }
  }

  private count(operation: string): void {
    this.operations[operation] = (this.operations[operation] ?? 0) + 1;
  }

  private relation(node: unknown): void {
    const {
      catalogname,
      schemaname,
      relname,
      location = 0,
    } = node as { [key: string]: string } & { location?: number };
    if (location < 0) return;
    this.targets.push({
      location,
      name: [catalogname, schemaname, relname].filter((part) => part !== undefined),
    });
  }

  private name(location: number, ...names: unknown[]): void {
    for (const name of names) {
      const parts = typeof name === 'string' ? [name] : nameOf(name);
      if (parts.length > 0) this.targets.push({ location, name: parts });
    }
  }

  private object(kind: unknown, object: unknown): void {
    const name = nameOf(object);
    if (attachedObjects.includes(kind as string)) name.pop();
    else if (!relationObjects.includes(kind as string) && !namedObjects.includes(kind as string)) return;
    this.targets.push({ location: this.here, name });
  }

  private node(key: string, node: Tree): void {
    if (withoutTargets.includes(key)) return;
    if (typeof node !== 'object' || node === null) return;
    switch (key) {
      case 'RangeVar':
        if (node.schemaname === undefined && this.commonTables.includes(node.relname as string)) return;
        this.relation(node);
        return;
      case 'SelectStmt':
        this.select(node);
        return;
      case 'InsertStmt':
      case 'UpdateStmt':
      case 'DeleteStmt':
      case 'MergeStmt':
        this.count(key.replace('Stmt', '').toUpperCase());
        this.withScope(node, () => {
          const { relation, selectStmt, withClause, ...rest } = node;
          this.relation(relation);
          const source = (selectStmt as Tree | undefined)?.SelectStmt as Tree | undefined;
          // The rows of an INSERT are not a separate operation.
          if (source?.valuesLists !== undefined && source.withClause === undefined) this.read(source);
          else this.read(selectStmt);
          this.read(rest);
        });
        return;
      case 'MultiAssignRef':
        // (a, b) = (SELECT …) stands in the tree once for each column.
        if (node.colno === 1) break;
        return;
      case 'lockingClause':
        // Tables that stand in FROM already.
        return;
      case 'DropStmt':
        for (const object of node.objects as Tree[]) this.object(node.removeType, object);
        return;
      case 'CommentStmt':
      case 'SecLabelStmt':
        this.object(node.objtype, node.object);
        return;
      case 'GrantStmt':
        if (node.targtype !== 'ACL_TARGET_OBJECT') return;
        if (namedObjects.includes(node.objtype as string)) this.name(this.here, ...(node.objects as Tree[]));
        break;
      case 'RenameStmt':
      case 'AlterOwnerStmt':
      case 'AlterObjectSchemaStmt': {
        const kind = node.renameType ?? node.objectType;
        if (node.relationType === 'OBJECT_TYPE' || kind === 'OBJECT_TYPE') return;
        if (namedObjects.includes(kind as string)) this.name(this.here, node.subname ?? node.object);
        break;
      }
      case 'AlterObjectDependsStmt':
        if (namedObjects.includes(node.objectType as string)) this.name(this.here, node.object);
        break;
      case 'AlterTableStmt':
        if (node.objtype === 'OBJECT_TYPE') return;
        break;
      case 'CreateSchemaStmt':
        if (node.schemaname !== undefined) this.name(this.here, node.schemaname);
        break;
      case 'CreatedbStmt':
      case 'DropdbStmt':
      case 'AlterDatabaseStmt':
      case 'AlterDatabaseSetStmt':
      case 'AlterDatabaseRefreshCollStmt':
        this.name(this.here, node.dbname);
        break;
      case 'ReindexObjectStmt':
      case 'ReindexStmt':
        if (node.name !== undefined && node.kind !== 'REINDEX_OBJECT_SYSTEM') this.name(this.here, node.name);
        break;
      case 'CreateFunctionStmt':
        this.name(this.here, { items: node.funcname });
        break;
      case 'AlterFunctionStmt':
        this.name(this.here, node.func);
        break;
      case 'CallStmt':
        this.name(this.here, { items: (node.funccall as Tree).funcname });
        break;
      case 'PrepareStmt':
        this.name(this.here, node.name);
        break;
      case 'UnlistenStmt':
      case 'ListenStmt':
      case 'NotifyStmt':
        if (node.conditionname !== undefined) this.name(this.there, node.conditionname);
        break;
      case 'ExecuteStmt':
        this.name(this.there, node.name);
        break;
      default:
        if ('relname' in node) {
          this.relation(node);
          return;
        }
    }
    this.read(node);
  }

  private select(node: Tree): void {
    this.withScope(node, () => {
      const { withClause, op, larg, rarg, ...rest } = node;
      if (op === undefined || op === 'SETOP_NONE') {
        const [first] = (node.fromClause ?? []) as { RangeVar?: { location?: number } }[];
        // CREATE RECURSIVE VIEW makes up a SELECT around the view's own.
        if (first?.RangeVar?.location !== -1)
          this.count(node.valuesLists === undefined ? 'SELECT' : 'VALUES');
      } else {
        this.select(larg as Tree);
        this.select(rarg as Tree);
      }
      this.read(rest);
    });
  }

  private withScope(node: Tree, read: () => void): void {
    const outer = this.commonTables;
    const clause = node.withClause as { ctes: { CommonTableExpr: Tree }[]; recursive?: boolean } | undefined;
    if (clause !== undefined) {
      const names = clause.ctes.map(({ CommonTableExpr: table }) => table.ctename as string);
      if (clause.recursive) this.commonTables = [...outer, ...names];
      for (const { CommonTableExpr: table } of clause.ctes) {
        this.read(table.ctequery);
        if (!clause.recursive) this.commonTables = [...this.commonTables, table.ctename as string];
      }
    }
    read();
    this.commonTables = outer;
  }
}
