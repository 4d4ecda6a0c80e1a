import { CommonTables, foldName } from './common-tables';
import type { Cursor } from './cursor';
import { OPERATOR, WORD } from './lexer';
import type { Summary } from './summary';

/** Deeper sub-queries are skipped, because recursion takes space on the application's stack. */
const DEEPEST = 100;

/** Words and marks that end an expression, in addition to `)`, `;` and the end of the text. */
type Stops = ReadonlySet<string>;

const setOperations = ['union', 'intersect', 'except'];
/** Words that end a query without a semicolon, as in `CREATE SCHEMA s CREATE VIEW v AS SELECT … GRANT …`. */
const schemaElements = ['create', 'grant'];
const behindFrom = [
  'where',
  'group',
  'having',
  'window',
  'order',
  'limit',
  'offset',
  'fetch',
  'for',
  'returning',
  ...setOperations,
  ...schemaElements,
];
const endOfQuery: Stops = new Set([...setOperations, ...schemaElements]);
const endOfSource: Stops = new Set(['on', 'returning', ...endOfQuery]);
const endOfList: Stops = new Set(['from', 'into', 'on', ...behindFrom]);
const endOfFromItem: Stops = new Set([',', 'join', 'on', ...behindFrom]);
const endOfUpdateTarget: Stops = new Set(['set']);
const endOfAssignments: Stops = new Set(['from', 'where', 'returning']);
const endOfDeleteTarget: Stops = new Set(['using', 'where', 'returning']);
const endOfMergeTarget: Stops = new Set(['using']);
const endOfMergeSource: Stops = new Set(['join', 'when']);
const endOfElement: Stops = new Set(schemaElements);

/**
 * Reads queries and data-modifying statements, and adds their operations and relations to a summary.
 *
 * It follows the grammar (src/backend/parser/gram.y) only as far as that decides what is a relation, and skips
 * everything else. Of a cut or invalid text, it reads as much as possible.
 */
export class QueryReader {
  readonly cursor: Cursor;
  readonly #summary: Summary;
  readonly #commonTables = new CommonTables();
  #depth = 0;

  constructor(cursor: Cursor, summary: Summary) {
    this.cursor = cursor;
    this.#summary = summary;
  }

  /** Adds the current word to the summary as an operation, as written, and moves on. */
  operation(): void {
    this.add(this.cursor.written);
    this.cursor.advance();
  }

  /** Does the same as {@link operation} if the current word is one of these keywords. Returns whether it was. */
  operationIf(...keywords: string[]): boolean {
    if (!keywords.includes(this.cursor.keyword)) return false;
    this.operation();
    return true;
  }

  /** @param reference the name by which the part may refer to a common table expression */
  add(part: string, reference = ''): void {
    this.#summary.add(part, reference);
    if (this.#summary.isFull) this.cursor.stop();
  }

  /** Adds the name at the cursor to the summary, if there is a name. */
  name(): void {
    if (this.cursor.isRelationName) this.add(this.cursor.readName());
  }

  /** Reads `[ONLY] name` or `ONLY (name)`, where the name cannot be a common table expression or a function. */
  relation(): void {
    const { cursor } = this;
    const isInParentheses = cursor.accept('only') && cursor.acceptMark('(');
    this.name();
    if (isInParentheses) cursor.acceptMark(')');
  }

  /** Reads `name [*] [(columns or arguments)], …`. */
  relations(): void {
    const { cursor } = this;
    do {
      this.relation();
      if (cursor.kind === OPERATOR) cursor.advance();
      if (cursor.mark === '(') cursor.skipParentheses();
    } while (cursor.acceptMark(','));
  }

  /** Whether the current token begins a query, if it follows an opening parenthesis. */
  get isQuery(): boolean {
    const { keyword } = this.cursor;
    return (
      keyword === 'select' ||
      keyword === 'with' ||
      keyword === 'table' ||
      (keyword === 'values' && this.#isValuesList())
    );
  }

  /** Reads the query of `CREATE RECURSIVE VIEW`, in which the view itself is a common table expression. */
  recursiveQuery(name: string): void {
    const { scope } = this.#commonTables;
    this.#commonTables.add(foldName(name));
    this.query();
    this.#commonTables.leave(scope);
  }

  #isValuesList(): boolean {
    const { cursor } = this;
    return cursor.lookAhead(() => cursor.accept('values') && cursor.mark === '(');
  }

  /**
   * Reads a query or data-modifying statement completely. Stops at `)`, `;` or the end of the text. The source of an INSERT
   * also stops where the INSERT continues, because its common table expressions are not visible there.
   */
  query(end = endOfQuery): void {
    const { cursor } = this;
    if (this.#depth >= DEEPEST) {
      cursor.passLevel();
      return;
    }
    this.#depth++;
    const { scope } = this.#commonTables;
    do {
      if (cursor.keyword === 'with') this.#commonTableExpressions();
      this.#queryWithoutTail();
      this.expression(end);
    } while (this.#acceptSetOperation());
    this.#commonTables.leave(scope);
    this.#depth--;
  }

  #queryWithoutTail(): void {
    const { cursor } = this;
    switch (cursor.keyword) {
      case 'select':
        this.#select();
        break;
      case 'values':
        this.operation();
        break;
      case 'table':
        this.operation();
        this.#source();
        break;
      case 'insert':
        this.#insert();
        break;
      case 'update':
        this.#update();
        break;
      case 'delete':
        this.#delete();
        break;
      case 'merge':
        this.#merge();
        break;
      default:
        if (cursor.acceptMark('(')) {
          this.query();
          cursor.acceptMark(')');
        }
    }
  }

  #acceptSetOperation(): boolean {
    const { cursor } = this;
    if (!setOperations.includes(cursor.keyword)) return false;
    cursor.advance();
    if (!cursor.accept('all')) cursor.accept('distinct');
    return true;
  }

  #commonTableExpressions(): void {
    const { cursor } = this;
    cursor.advance();
    const isRecursive = cursor.accept('recursive');
    const firstPart = this.#summary.size;
    do {
      const name = cursor.isRelationName ? foldName(cursor.readName()) : UNNAMED;
      if (cursor.mark === '(') cursor.skipParentheses();
      if (!cursor.accept('as')) return;
      cursor.accept('not');
      cursor.accept('materialized');
      if (!cursor.acceptMark('(')) return;
      if (isRecursive) {
        // The name is visible in the whole list, so earlier references to it are removed from the summary.
        this.#commonTables.add(name);
        this.#summary.removeReferences(firstPart, name);
      }
      this.query();
      cursor.acceptMark(')');
      if (!isRecursive) this.#commonTables.add(name);
      if (cursor.accept('search')) this.#passThrough('set');
      if (cursor.accept('cycle')) this.#passThrough('using');
    } while (cursor.acceptMark(','));
  }

  /** Moves past a keyword and the name after it. */
  #passThrough(keyword: string): void {
    const { cursor } = this;
    while (!cursor.isOver && cursor.mark !== ')' && cursor.keyword !== keyword) cursor.advance();
    if (cursor.accept(keyword)) cursor.advance();
  }

  #select(): void {
    const { cursor } = this;
    this.operation();
    this.expression(endOfList);
    if (cursor.accept('into')) {
      while (intoModifiers.has(cursor.keyword)) cursor.advance();
      this.relation();
      this.expression(endOfList);
    }
    if (cursor.accept('from')) this.from();
  }

  #insert(): void {
    const { cursor } = this;
    this.operation();
    cursor.accept('into');
    this.relation();
    if (cursor.accept('as')) cursor.advance();
    if (cursor.acceptMark('(')) {
      if (this.isQuery || cursor.mark === '(') {
        this.query();
        cursor.acceptMark(')');
        return;
      }
      cursor.passLevel();
      cursor.acceptMark(')');
    }
    // OVERRIDING … VALUE, DEFAULT VALUES
    while (cursor.kind === WORD && !endOfInsertTarget.has(cursor.keyword)) cursor.advance();
    // The rows of an INSERT are not a separate query.
    if (cursor.accept('values')) return;
    if (cursor.mark === '(' || this.isQuery) this.query(endOfSource);
  }

  #update(): void {
    const { cursor } = this;
    this.operation();
    this.relation();
    this.expression(endOfUpdateTarget);
    this.expression(endOfAssignments);
    if (cursor.accept('from')) this.from();
  }

  #delete(): void {
    const { cursor } = this;
    this.operation();
    cursor.accept('from');
    this.relation();
    this.expression(endOfDeleteTarget);
    if (cursor.accept('using')) this.from();
  }

  #merge(): void {
    const { cursor } = this;
    this.operation();
    cursor.accept('into');
    this.relation();
    this.expression(endOfMergeTarget);
    if (!cursor.accept('using')) return;
    do {
      this.#fromItem();
      this.expression(endOfMergeSource);
    } while (cursor.accept('join'));
  }

  /** Reads a FROM clause after its FROM. */
  from(): void {
    const { cursor } = this;
    do {
      this.#fromItem();
      this.expression(endOfFromItem);
      while (cursor.keyword === 'on' && !this.#isConflictClause()) {
        cursor.advance();
        this.expression(endOfFromItem);
      }
    } while (cursor.acceptMark(',') || cursor.accept('join'));
  }

  /** Whether this is the ON CONFLICT of `INSERT … SELECT … FROM t ON CONFLICT`, and not the condition of a join. */
  #isConflictClause(): boolean {
    const { cursor } = this;
    return cursor.lookAhead(
      () =>
        cursor.accept('on') && cursor.accept('conflict') && (cursor.mark === '(' || cursor.is('do', 'on')),
    );
  }

  #fromItem(): void {
    const { cursor } = this;
    cursor.accept('lateral');
    if (cursor.mark === '(') {
      this.#fromParentheses();
      return;
    }
    const isInParentheses = cursor.accept('only') && cursor.acceptMark('(');
    this.#source();
    if (isInParentheses) cursor.acceptMark(')');
  }

  /** Reads a relation, a common table expression or a function. Only a relation is a target. */
  #source(): void {
    const { cursor } = this;
    cursor.accept('only');
    if (!cursor.isRelationName) return;
    const isRows = cursor.keyword === 'rows';
    const first = cursor.written;
    const name = cursor.readName();
    // ROWS FROM (function(…), …)
    if (isRows && cursor.accept('from')) return;
    if (cursor.mark === '(') return;
    const reference = name === first ? foldName(name) : '';
    if (!this.#commonTables.has(reference)) this.add(name, reference);
  }

  /** Reads `(SELECT …)` or joins in parentheses. */
  #fromParentheses(): void {
    const { cursor } = this;
    cursor.advance();
    if (this.#depth >= DEEPEST) {
      cursor.passLevel();
    } else if (this.isQuery) {
      this.query();
    } else {
      this.#depth++;
      this.from();
      // If something follows, this was ((SELECT …) UNION …).
      this.expression(endOfQuery);
      if (this.#acceptSetOperation()) this.query();
      this.#depth--;
    }
    cursor.acceptMark(')');
  }

  /** Skips an expression, or anything else on this level of parentheses, and reads the sub-queries in it. */
  expression(stops: Stops = endOfElement): void {
    const { cursor } = this;
    // CASE WHEN contains another WHEN. In other places CASE and END do not matter, and may be labels.
    const countsCases = stops.has('when');
    let depth = 0;
    while (!cursor.isOver) {
      const { keyword, mark } = cursor;
      if (keyword !== '') {
        if (depth === 0 && stops.has(keyword)) return;
        if (keyword === 'as') {
          cursor.advance();
          // Any keyword can be a label.
          cursor.passWord();
          continue;
        }
        if (keyword === 'distinct') {
          // IS DISTINCT FROM, DISTINCT ON
          cursor.advance();
          if (!cursor.accept('from')) cursor.accept('on');
          continue;
        }
        if (keyword === 'within') {
          cursor.advance();
          if (cursor.lookAhead(() => cursor.accept('group') && cursor.mark === '(')) cursor.advance();
          continue;
        }
        if (depth > 0 && this.#acceptSetOperation()) {
          this.query();
          continue;
        }
        if (countsCases && keyword === 'case') depth++;
        if (countsCases && keyword === 'end' && depth > 0) depth--;
      } else if (mark !== '') {
        if (depth === 0 && stops.has(mark)) return;
        switch (mark) {
          case '(':
            cursor.advance();
            if (this.isQuery) {
              this.query();
              cursor.acceptMark(')');
            } else {
              depth++;
            }
            continue;
          case ')':
            if (depth === 0) return;
            depth--;
            break;
          case '.':
            // Any keyword can be a column's name.
            cursor.advance();
            cursor.passWord();
            continue;
        }
      }
      cursor.advance();
    }
  }
}

const intoModifiers: ReadonlySet<string> = new Set([
  'temporary',
  'temp',
  'local',
  'global',
  'unlogged',
  'table',
]);
const endOfInsertTarget: ReadonlySet<string> = new Set([
  'values',
  'select',
  'with',
  'table',
  'on',
  'returning',
]);

/** Replaces a missing name of a common table expression. No name folds to it. */
const UNNAMED = '\0';
