import { alter, comment, create, drop, grant, reindex } from './definitions';
import type { QueryReader } from './query';

/**
 * Reads one statement from its first word on, and adds its operations and targets to the summary. `nested` reads a
 * statement inside it.
 */
type Statement = (reader: QueryReader, nested: (reader: QueryReader) => void) => void;

const query: Statement = (reader) => reader.query();

/** Adds only the command, which is followed by options or by a generated name (savepoints, cursors). */
const command: Statement = (reader) => reader.operation();

const commandAndName: Statement = (reader) => {
  reader.operation();
  reader.name();
};

/** Adds the command, and these words if they follow it. */
function phrase(...words: string[]): Statement {
  return (reader) => {
    reader.operation();
    while (reader.operationIf(...words));
  };
}

const transactionEnd: Statement = (reader) => {
  reader.operation();
  reader.cursor.skipWords(transactionNoise);
  reader.operationIf('prepared', 'to');
};
const transactionNoise: ReadonlySet<string> = new Set(['work', 'transaction']);

/** SET, SHOW and RESET: adds the name of the setting, never its value. */
const setting: Statement = (reader) => {
  const { cursor } = reader;
  reader.operation();
  cursor.accept('local');
  if (cursor.keyword === 'session') {
    const session = cursor.written;
    cursor.advance();
    if (cursor.is('authorization', 'characteristics')) {
      reader.add(session);
      reader.operation();
      return;
    }
  }
  if (reader.operationIf('time')) reader.operationIf('zone');
  else if (!reader.operationIf('all')) reader.name();
};

const maintenance: Statement = (reader) => {
  const { cursor } = reader;
  reader.operation();
  if (cursor.mark === '(') cursor.skipParentheses();
  cursor.skipWords(maintenanceOptions);
  reader.relations();
};
const maintenanceOptions: ReadonlySet<string> = new Set(['full', 'freeze', 'verbose', 'analyze', 'analyse']);

const cluster: Statement = (reader) => {
  const { cursor } = reader;
  reader.operation();
  if (cursor.mark === '(') cursor.skipParentheses();
  cursor.accept('verbose');
  if (!cursor.isRelationName) return;
  const name = cursor.readName();
  // CLUSTER index ON table, as before PostgreSQL 8.3
  if (cursor.accept('on')) reader.name();
  else reader.add(name);
};

const tables: Statement = (reader) => {
  reader.operation();
  reader.cursor.accept('table');
  reader.relations();
};

const copy: Statement = (reader) => {
  const { cursor } = reader;
  reader.operation();
  cursor.accept('binary');
  if (cursor.acceptMark('(')) {
    reader.query();
    cursor.acceptMark(')');
  } else {
    reader.relation();
  }
  reader.expression();
};

const call: Statement = (reader) => {
  reader.operation();
  reader.name();
  reader.expression();
};

const declare: Statement = (reader) => {
  const { cursor } = reader;
  reader.operation();
  cursor.passTo('for');
  if (cursor.accept('for')) reader.query();
};

const explain: Statement = (reader, nested) => {
  const { cursor } = reader;
  reader.operation();
  if (cursor.acceptMark('(')) {
    if (reader.isQuery || cursor.mark === '(') {
      reader.query();
      return;
    }
    cursor.passLevel();
    cursor.acceptMark(')');
  }
  cursor.skipWords(maintenanceOptions);
  nested(reader);
};

const prepare: Statement = (reader, nested) => {
  const { cursor } = reader;
  reader.operation();
  if (reader.operationIf('transaction')) return;
  reader.name();
  if (cursor.mark === '(') cursor.skipParentheses();
  if (cursor.accept('as')) nested(reader);
};

const refresh: Statement = (reader) => {
  reader.operation();
  while (reader.operationIf('materialized', 'view'));
  reader.cursor.accept('concurrently');
  reader.name();
};

/** Statements by their first word. Other texts are not statements. */
const statements: ReadonlyMap<string, Statement> = new Map(
  Object.entries<Statement>({
    abort: transactionEnd,
    alter,
    analyse: maintenance,
    analyze: maintenance,
    begin: command,
    call,
    checkpoint: command,
    close: command,
    cluster,
    comment,
    commit: transactionEnd,
    copy,
    create,
    deallocate: command,
    declare,
    delete: query,
    discard: command,
    do: command,
    drop,
    end: transactionEnd,
    execute: call,
    explain,
    fetch: command,
    grant,
    import: phrase('foreign', 'schema'),
    insert: query,
    listen: commandAndName,
    load: command,
    lock: tables,
    merge: query,
    move: command,
    notify: commandAndName,
    prepare,
    reassign: phrase('owned'),
    refresh,
    reindex,
    release: command,
    reset: setting,
    revoke: grant,
    rollback: transactionEnd,
    savepoint: command,
    security: comment,
    select: query,
    set: setting,
    show: setting,
    start: phrase('transaction'),
    table: query,
    truncate: tables,
    unlisten: commandAndName,
    update: query,
    vacuum: maintenance,
    values: query,
    with: query,
  }),
);

/** Reads one statement of any kind. The cursor stays at the first token that does not fit. */
export function statement(reader: QueryReader): void {
  const { cursor } = reader;
  if (cursor.mark === '(') reader.query();
  else statements.get(cursor.keyword)?.(reader, statement);
}
