import { CommonTables, foldName } from './common-tables';
import type { Cursor } from './cursor';
import { OPERATOR, WORD } from './lexer';
import type { Summary } from './summary';

/** Deeper sub-queries are passed over: the stack that recursion takes is the application's. */
const DEEPEST = 100;

/** Words and marks at which reading an expression ends, beside `)`, `;` and the end of the text. */
type Stops = ReadonlySet<string>;

const setOperations = ['union', 'intersect', 'except'];
/** `CREATE SCHEMA s CREATE VIEW v AS SELECT … GRANT …`: these end what goes before without a semicolon. */
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
 * Reads queries and data-modifying statements and tells a summary their operations and relations.
 *
 * It follows the grammar (src/backend/parser/gram.y) where that decides what is a relation and passes over
 * everything else, so a text that is cut or wrong still yields what can be known.
 */
export class QueryReader {
  private readonly commonTables = new CommonTables();
  private depth = 0;

  constructor(
    readonly cursor: Cursor,
    private readonly summary: Summary,
  ) {}

  /** Tells the summary the current word as it is written and moves on. */
  operation(): void {
    this.tell(this.cursor.written);
    this.cursor.advance();
  }

  /** The same if the current word is one of these. @returns whether it was */
  operationIf(...keywords: string[]): boolean {
    if (!keywords.includes(this.cursor.keyword)) return false;
    this.operation();
    return true;
  }

  tell(part: string, reference = ''): void {
    this.summary.add(part, reference);
    if (this.summary.isFull) this.cursor.stop();
  }

  /** Tells the summary the name that stands here, if one does. */
  name(): void {
    if (this.cursor.isRelationName) this.tell(this.cursor.readName());
  }

  /** `[ONLY] name` or `ONLY (name)`, where it cannot be a common table expression or a function. */
  relation(): void {
    const { cursor } = this;
    const isInParentheses = cursor.accept('only') && cursor.acceptMark('(');
    this.name();
    if (isInParentheses) cursor.acceptMark(')');
  }

  /** `name [*] [(columns or arguments)], …` */
  relations(): void {
    const { cursor } = this;
    do {
      this.relation();
      if (cursor.kind === OPERATOR) cursor.advance();
      if (cursor.mark === '(') cursor.skipParentheses();
    } while (cursor.acceptMark(','));
  }

  /** Whether the current token begins a query, seen from behind an opening parenthesis. */
  get isQuery(): boolean {
    const { keyword } = this.cursor;
    return (
      keyword === 'select' ||
      keyword === 'with' ||
      keyword === 'table' ||
      (keyword === 'values' && this.isValuesList())
    );
  }

  /** `CREATE RECURSIVE VIEW`: the view is a common table expression of its own query. */
  recursiveQuery(name: string): void {
    const { scope } = this.commonTables;
    this.commonTables.add(foldName(name));
    this.query();
    this.commonTables.leave(scope);
  }

  private isValuesList(): boolean {
    const { cursor } = this;
    return cursor.lookAhead(() => cursor.accept('values') && cursor.mark === '(');
  }

  /**
   * A query or data-modifying statement with all that belongs to it. Stops at `)`, `;` or the end of the text;
   * as the source of an INSERT also where that goes on, for its common table expressions are not seen there.
   */
  query(end = endOfQuery): void {
    const { cursor } = this;
    if (this.depth >= DEEPEST) {
      cursor.passLevel();
      return;
    }
    this.depth++;
    const { scope } = this.commonTables;
    do {
      if (cursor.keyword === 'with') this.commonTableExpressions();
      this.queryWithoutTail();
      this.expression(end);
    } while (this.acceptSetOperation());
    this.commonTables.leave(scope);
    this.depth--;
  }

  private queryWithoutTail(): void {
    const { cursor } = this;
    switch (cursor.keyword) {
      case 'select':
        this.select();
        break;
      case 'values':
        this.operation();
        break;
      case 'table':
        this.operation();
        this.source();
        break;
      case 'insert':
        this.insert();
        break;
      case 'update':
        this.update();
        break;
      case 'delete':
        this.delete();
        break;
      case 'merge':
        this.merge();
        break;
      default:
        if (cursor.acceptMark('(')) {
          this.query();
          cursor.acceptMark(')');
        }
    }
  }

  private acceptSetOperation(): boolean {
    const { cursor } = this;
    if (!setOperations.includes(cursor.keyword)) return false;
    cursor.advance();
    if (!cursor.accept('all')) cursor.accept('distinct');
    return true;
  }

  private commonTableExpressions(): void {
    const { cursor } = this;
    cursor.advance();
    const isRecursive = cursor.accept('recursive');
    const firstPart = this.summary.size;
    do {
      const name = cursor.isRelationName ? foldName(cursor.readName()) : UNNAMED;
      if (cursor.mark === '(') cursor.skipParentheses();
      if (!cursor.accept('as')) return;
      cursor.accept('not');
      cursor.accept('materialized');
      if (!cursor.acceptMark('(')) return;
      if (isRecursive) {
        // Known from the start of the list, not only from here on. (A summary that is full by then keeps it.)
        this.commonTables.add(name);
        this.summary.removeReferences(firstPart, name);
      }
      this.query();
      cursor.acceptMark(')');
      if (!isRecursive) this.commonTables.add(name);
      if (cursor.accept('search')) this.passThrough('set');
      if (cursor.accept('cycle')) this.passThrough('using');
    } while (cursor.acceptMark(','));
  }

  /** Moves behind a word and the name that follows it. */
  private passThrough(keyword: string): void {
    const { cursor } = this;
    while (!cursor.isOver && cursor.mark !== ')' && cursor.keyword !== keyword) cursor.advance();
    if (cursor.accept(keyword)) cursor.advance();
  }

  private select(): void {
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

  private insert(): void {
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
    // The rows of an INSERT are not a query of its own.
    if (cursor.accept('values')) return;
    if (cursor.mark === '(' || this.isQuery) this.query(endOfSource);
  }

  private update(): void {
    const { cursor } = this;
    this.operation();
    this.relation();
    this.expression(endOfUpdateTarget);
    this.expression(endOfAssignments);
    if (cursor.accept('from')) this.from();
  }

  private delete(): void {
    const { cursor } = this;
    this.operation();
    cursor.accept('from');
    this.relation();
    this.expression(endOfDeleteTarget);
    if (cursor.accept('using')) this.from();
  }

  private merge(): void {
    const { cursor } = this;
    this.operation();
    cursor.accept('into');
    this.relation();
    this.expression(endOfMergeTarget);
    if (!cursor.accept('using')) return;
    do {
      this.fromItem();
      this.expression(endOfMergeSource);
    } while (cursor.accept('join'));
  }

  /** A FROM clause behind its FROM. */
  from(): void {
    const { cursor } = this;
    do {
      this.fromItem();
      this.expression(endOfFromItem);
      while (cursor.keyword === 'on' && !this.isConflictClause()) {
        cursor.advance();
        this.expression(endOfFromItem);
      }
    } while (cursor.acceptMark(',') || cursor.accept('join'));
  }

  /** `INSERT … SELECT … FROM t ON CONFLICT`, where a join's condition could stand as well. */
  private isConflictClause(): boolean {
    const { cursor } = this;
    return cursor.lookAhead(
      () =>
        cursor.accept('on') && cursor.accept('conflict') && (cursor.mark === '(' || cursor.is('do', 'on')),
    );
  }

  private fromItem(): void {
    const { cursor } = this;
    cursor.accept('lateral');
    if (cursor.mark === '(') {
      this.fromParentheses();
      return;
    }
    const isInParentheses = cursor.accept('only') && cursor.acceptMark('(');
    this.source();
    if (isInParentheses) cursor.acceptMark(')');
  }

  /** A relation, a common table expression or a function. Only the first is a target. */
  private source(): void {
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
    if (!this.commonTables.has(reference)) this.tell(name, reference);
  }

  /** `(SELECT …)`, or joins in parentheses. */
  private fromParentheses(): void {
    const { cursor } = this;
    cursor.advance();
    if (this.depth >= DEEPEST) {
      cursor.passLevel();
    } else if (this.isQuery) {
      this.query();
    } else {
      this.depth++;
      this.from();
      // It was ((SELECT …) UNION …) when there is more.
      this.expression(endOfQuery);
      if (this.acceptSetOperation()) this.query();
      this.depth--;
    }
    cursor.acceptMark(')');
  }

  /** Passes over an expression or anything else of this level of parentheses, but for the sub-queries in it. */
  expression(stops: Stops = endOfElement): void {
    const { cursor } = this;
    // CASE WHEN has a WHEN of its own. Elsewhere CASE and END need no care and may be labels.
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
        if (depth > 0 && this.acceptSetOperation()) {
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

/** Stands for the name of a common table expression that has none; no name folds to it. */
const UNNAMED = '\0';
