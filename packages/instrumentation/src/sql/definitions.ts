import { END, OPERATOR } from './lexer';
import type { QueryReader } from './query';

/** Reads a statement inside another one. */
type Nested = (reader: QueryReader) => void;

/** Words before the kind of object or its name that are not part of the summary. */
const modifiers: ReadonlySet<string> = new Set(
  'or replace global local temporary temp unlogged unique recursive trusted constraint'.split(' '),
);
const afterKind: ReadonlySet<string> = new Set(['concurrently', 'if', 'not', 'exists']);

/** The words that may follow the first word of a kind of object. */
const longKinds: Readonly<Record<string, readonly string[]>> = {
  access: ['method'],
  default: ['privileges', 'conversion'],
  event: ['trigger'],
  foreign: ['table', 'data', 'wrapper'],
  large: ['object'],
  materialized: ['view'],
  operator: ['class', 'family'],
  owned: ['by'],
  procedural: ['language'],
  text: ['search', 'parser', 'dictionary', 'template', 'configuration'],
  user: ['mapping'],
};

const relationKinds: ReadonlySet<string> = new Set([
  'table',
  'foreign table',
  'view',
  'materialized view',
  'sequence',
  'index',
]);

/** Kinds that are targets in addition to relations, according to the conventions: namespaces and stored procedures. */
const namedKinds: ReadonlySet<string> = new Set(['schema', 'database', 'function', 'procedure', 'routine']);

/** Kinds that belong to a relation: the summary contains the name of the relation instead of theirs. */
const attachedKinds: ReadonlySet<string> = new Set(['trigger', 'rule', 'policy', 'constraint']);

/** Kinds whose objects are not named in a summary. */
const unnamedKinds: ReadonlySet<string> = new Set(
  (
    'aggregate cast collation column conversion domain extension group language publication role server ' +
    'statistics subscription system tablespace transform type'
  ).split(' '),
);

/** Adds the kind of object at the cursor to the summary, and returns it in lower case. */
function objectKind(reader: QueryReader): string {
  const { cursor } = reader;
  let kind = cursor.keyword;
  const following = longKinds[kind];
  const isKind =
    following !== undefined ||
    relationKinds.has(kind) ||
    namedKinds.has(kind) ||
    attachedKinds.has(kind) ||
    unnamedKinds.has(kind);
  if (!isKind) return '';
  reader.operation();
  while (following !== undefined && cursor.is(...following)) {
    kind += ` ${cursor.keyword}`;
    reader.operation();
  }
  return kind;
}

/** Reads the names after a kind of object. */
function objects(reader: QueryReader, kind: string): void {
  const { cursor } = reader;
  cursor.skipWords(afterKind);
  if (relationKinds.has(kind) || namedKinds.has(kind)) {
    reader.relations();
  } else if (attachedKinds.has(kind)) {
    onRelation(reader);
  }
}

function onRelation(reader: QueryReader): void {
  const { cursor } = reader;
  cursor.passTo('on');
  // A constraint may be on a domain, which is not a relation.
  if (cursor.accept('on') && cursor.keyword !== 'domain') reader.relation();
}

export function drop(reader: QueryReader): void {
  reader.operation();
  objects(reader, objectKind(reader));
}

export function reindex(reader: QueryReader): void {
  const { cursor } = reader;
  reader.operation();
  if (cursor.mark === '(') cursor.skipParentheses();
  objects(reader, objectKind(reader));
}

/** COMMENT ON …, SECURITY LABEL … ON … */
export function comment(reader: QueryReader): void {
  const { cursor } = reader;
  reader.operation();
  reader.operationIf('label');
  cursor.passTo('on');
  reader.operationIf('on');
  objects(reader, objectKind(reader));
}

/** GRANT and REVOKE: adds the objects, but neither privileges nor roles. */
export function grant(reader: QueryReader): void {
  const { cursor } = reader;
  reader.operation();
  cursor.passTo('on', 'to', 'from');
  if (!cursor.accept('on')) return;
  if (relationKinds.has(cursor.keyword) || namedKinds.has(cursor.keyword)) cursor.advance();
  else if (grantableKinds.has(cursor.keyword)) return;
  reader.relations();
}
const grantableKinds: ReadonlySet<string> = new Set(
  'all domain foreign language large parameter tablespace type'.split(' '),
);

export function alter(reader: QueryReader, nested: Nested): void {
  const { cursor } = reader;
  reader.operation();
  const kind = objectKind(reader);
  cursor.skipWords(afterKind);
  if (relationKinds.has(kind)) {
    reader.relation();
    tableDefinition(reader, 'alter', nested);
  } else if (namedKinds.has(kind)) {
    reader.name();
  } else if (kind === 'publication') {
    publication(reader);
  } else if (attachedKinds.has(kind)) {
    onRelation(reader);
    reader.expression();
  }
}

export function create(reader: QueryReader, nested: Nested): void {
  const { cursor } = reader;
  reader.operation();
  let isRecursive = false;
  while (modifiers.has(cursor.keyword)) {
    isRecursive ||= cursor.keyword === 'recursive';
    cursor.advance();
  }
  const kind = objectKind(reader);
  cursor.skipWords(afterKind);
  switch (kind) {
    case 'table':
    case 'foreign table':
      reader.name();
      tableDefinition(reader, 'create', nested);
      break;
    case 'view':
    case 'materialized view':
      view(reader, isRecursive);
      break;
    case 'sequence':
    case 'database':
      reader.name();
      break;
    case 'index':
      onRelation(reader);
      reader.expression();
      break;
    case 'schema':
      schema(reader, nested);
      break;
    case 'function':
    case 'procedure':
      routine(reader, nested);
      break;
    case 'trigger':
      trigger(reader);
      break;
    case 'policy':
      onRelation(reader);
      reader.expression();
      break;
    case 'rule':
      rule(reader, nested);
      break;
    case 'statistics':
      reader.expression(endOfStatistics);
      if (cursor.accept('from')) reader.from();
      break;
    case 'publication':
      publication(reader);
      break;
  }
}
const endOfStatistics: ReadonlySet<string> = new Set(['from']);

/**
 * Reads the text after a table's name: columns, constraints, parents, partitions and a query, or the actions of ALTER. The
 * relations in it are locked or read as well, so they are targets.
 */
function tableDefinition(reader: QueryReader, command: 'create' | 'alter', nested: Nested): void {
  const { cursor } = reader;
  let depth = 0;
  let isStart = command === 'alter';
  while (!cursor.isOver) {
    const wasStart = isStart;
    isStart = false;
    switch (cursor.keyword || cursor.mark) {
      case '(':
        cursor.advance();
        if (reader.isQuery) {
          reader.query();
          cursor.acceptMark(')');
          continue;
        }
        depth++;
        isStart = depth === 1 && command === 'create';
        continue;
      case ')':
        depth--;
        break;
      case ',':
        isStart = depth === (command === 'create' ? 1 : 0);
        break;
      case 'references':
        cursor.advance();
        reader.relation();
        continue;
      case 'like':
        if (!wasStart) break;
        cursor.advance();
        reader.relation();
        continue;
      case 'inherits':
        if (depth > 0 || command !== 'create') break;
        cursor.advance();
        if (cursor.acceptMark('(')) {
          reader.relations();
          cursor.acceptMark(')');
        }
        continue;
      case 'partition':
        cursor.advance();
        if (depth === 0 && command === 'create' && cursor.accept('of')) reader.relation();
        continue;
      case 'as':
        if (depth > 0 || command !== 'create') break;
        cursor.advance();
        if (cursor.keyword === 'execute') nested(reader);
        else reader.query();
        return;
      case 'attach':
      case 'detach':
        cursor.advance();
        if (wasStart && cursor.accept('partition')) reader.relation();
        continue;
      case 'no':
        isStart = wasStart;
        break;
      case 'inherit':
        cursor.advance();
        if (wasStart) reader.relation();
        continue;
      case 'create':
      case 'grant':
        // The next element of CREATE SCHEMA
        if (depth === 0) return;
        break;
    }
    cursor.advance();
  }
}

function view(reader: QueryReader, isRecursive: boolean): void {
  const { cursor } = reader;
  if (!cursor.isRelationName) return;
  const name = cursor.readName();
  reader.add(name);
  reader.expression(endOfViewHead);
  if (!cursor.accept('as')) return;
  if (isRecursive) reader.recursiveQuery(name);
  else reader.query();
}
const endOfViewHead: ReadonlySet<string> = new Set(['as']);

/** CREATE SCHEMA can contain further definitions. */
function schema(reader: QueryReader, nested: Nested): void {
  const { cursor } = reader;
  reader.name();
  while (!cursor.isOver) {
    if (cursor.keyword === 'create' || cursor.keyword === 'grant') nested(reader);
    else cursor.advance();
  }
}

/**
 * Reads a function or procedure. Its body is a string, statements between BEGIN ATOMIC and END, or RETURN with an
 * expression.
 */
function routine(reader: QueryReader, nested: Nested): void {
  const { cursor } = reader;
  reader.name();
  reader.expression(endOfRoutineHead);
  if (!cursor.accept('begin')) return;
  cursor.accept('atomic');
  while (cursor.kind !== END && cursor.keyword !== 'end') {
    if (cursor.acceptMark(';')) continue;
    if (cursor.keyword === 'return') reader.expression();
    else nested(reader);
    while (!cursor.isOver) cursor.advance();
  }
  cursor.accept('end');
}
const endOfRoutineHead: ReadonlySet<string> = new Set(['begin']);

function trigger(reader: QueryReader): void {
  const { cursor } = reader;
  onRelation(reader);
  if (cursor.accept('from')) reader.relation();
  reader.expression();
}

/** `CREATE RULE name AS ON event TO table WHERE … DO ALSO (statement; …)` */
function rule(reader: QueryReader, nested: Nested): void {
  const { cursor } = reader;
  cursor.passTo('to');
  if (!cursor.accept('to')) return;
  reader.relation();
  reader.expression(endOfRuleHead);
  if (!cursor.accept('do')) return;
  cursor.skipWords(ruleModifiers);
  if (!cursor.acceptMark('(')) {
    nested(reader);
    return;
  }
  do {
    nested(reader);
  } while (cursor.acceptMark(';'));
}
const endOfRuleHead: ReadonlySet<string> = new Set(['do']);
const ruleModifiers: ReadonlySet<string> = new Set(['also', 'instead', 'nothing']);

/** FOR, ADD, SET and DROP are followed by TABLE and a list. */
function publication(reader: QueryReader): void {
  const { cursor } = reader;
  cursor.passTo('table');
  while (cursor.accept('table')) {
    do {
      if (cursor.keyword === 'tables') break;
      reader.relation();
      if (cursor.kind === OPERATOR) cursor.advance();
      if (cursor.mark === '(') cursor.skipParentheses();
      if (cursor.accept('where')) reader.expression(endOfPublicationItem);
    } while (cursor.acceptMark(',') && cursor.keyword !== 'table');
    cursor.passTo('table');
  }
}
const endOfPublicationItem: ReadonlySet<string> = new Set([',']);
