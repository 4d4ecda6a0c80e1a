import { parseSync, scanSync } from 'libpg-query';
import { summarizeSql } from '../../src/sql/summarize';
import type { Tree } from './parse-tree';
import { TreeReader } from './tree-reader';
import { right, type Verdict, wrong } from './verdict';

/** Every word that may stand in a summary without being a target. */
const operationWords = new Set(
  (
    'abort access aggregate all alter analyse analyze authorization begin by call cast characteristics checkpoint class ' +
    'close cluster collation column comment commit configuration constraint conversion copy create data database deallocate declare ' +
    'default delete dictionary discard do domain drop end event execute explain extension family fetch foreign ' +
    'function grant group import index insert label language large listen load lock mapping materialized merge ' +
    'method move notify object on operator owned parser policy prepare prepared privileges procedural procedure ' +
    'publication reassign refresh reindex release reset revoke role rollback routine rule savepoint schema ' +
    'search security select sequence server session set show start statistics subscription system table ' +
    'tablespace template text time to transaction transform trigger truncate type unlisten update user vacuum ' +
    'values view wrapper zone'
  ).split(' '),
);

const component = String.raw`(?:[uU]&)?"(?:[^"]|"")*"|[^\s."]+`;
const summaryPart = new RegExp(`(?:${component})(?:\\.(?:${component}))*`, 'g');

function foldPart(part: string): string {
  return (part.match(new RegExp(component, 'g')) as string[])
    .map((name) => {
      if (!name.endsWith('"')) return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase()).slice(0, 63);
      const inner = name.slice(name.indexOf('"') + 1, -1).replaceAll('""', '"');
      if (name.startsWith('"')) return inner.slice(0, 63);
      return inner
        .replace(/\\\+([\dA-Fa-f]{6})/g, (_, digits) => String.fromCodePoint(Number.parseInt(digits, 16)))
        .replace(/\\([\dA-Fa-f]{4})/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16)))
        .replaceAll('\\\\', '\\');
    })
    .join('\0');
}

/** Words that name a relation only in quotes. */
function isReserved(part: string): boolean {
  return scanSync(part).tokens[0]?.keywordName === 'RESERVED_KEYWORD';
}

/** The targets are those of the tree, in order; all else are words of commands; queries count as in the tree. */
export function judgeSummary(text: string): Verdict {
  let stmts: Tree[];
  try {
    stmts = (parseSync(text) as unknown as { stmts?: Tree[] }).stmts ?? [];
  } catch {
    return { status: 'rejected' };
  }
  const kinds = stmts.flatMap(({ stmt }) => Object.keys(stmt as Tree));
  // The tree has canonical names there (timezone for TIME ZONE); the statements below test these.
  if (
    kinds.some(
      (kind) => kind === 'VariableSetStmt' || kind === 'VariableShowStmt' || kind === 'ConstraintsSetStmt',
    )
  ) {
    return { status: 'exempt', because: 'SET and SHOW' };
  }
  if (/uescape/i.test(text)) return { status: 'exempt', because: 'UESCAPE' };
  const tree = new TreeReader();
  tree.readStatements(stmts);
  const expected = tree.names.map((name) => name.map((part) => part.slice(0, 63)).join('\0'));
  const summary = summarizeSql(text);
  const parts = summary.match(summaryPart) ?? [];
  const joined = parts.join(' ');
  if (joined !== summary || summary.length > 255) return wrong(`not a summary: ${summary}`);
  const isCut = summary.length > 180;
  let found = 0;
  const operations: Record<string, number> = {};
  for (const [i, part] of parts.entries()) {
    if (found < expected.length && !isReserved(part) && foldPart(part) === expected[found]) {
      found++;
      if (!part.includes('.') && !text.includes(part)) return wrong(`not as written: ${part}`);
      continue;
    }
    const word = part.toLowerCase();
    if (!operationWords.has(word) && isCut && /recursive/i.test(text)) {
      return { status: 'exempt', because: 'full before WITH RECURSIVE defined a name' };
    }
    if (!operationWords.has(word)) return wrong(`${part} is no target; expected ${expected}; got ${summary}`);
    const isCommand = !/^(create|alter|drop|foreign|reindex|on)$/i.test(parts[i - 1] ?? '');
    const operation = word === 'table' && isCommand ? 'SELECT' : word.toUpperCase();
    operations[operation] = (operations[operation] ?? 0) + 1;
  }
  if (isCut) return right;
  if (found < expected.length) return wrong(`${expected.slice(found)} missing; got ${summary}`);
  for (const operation of ['SELECT', 'VALUES', 'INSERT', 'UPDATE', 'DELETE', 'MERGE']) {
    const [counted, there] = [operations[operation] ?? 0, tree.operations[operation] ?? 0];
    if (counted !== there) return wrong(`${operation} ${counted} times instead of ${there}: ${summary}`);
  }
  return right;
}
