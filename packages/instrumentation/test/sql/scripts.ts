import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ScanToken, scanSync } from 'libpg-query';
import { scan, type Token } from './scanner';

/** The statements of a psql script, split by PostgreSQL's scanner; psql's own commands and COPY data go. */
function statementsOf(script: string): string[] {
  const sql = script
    .replace(/^(copy\b.*\bfrom\s+stdin\b[^\n]*;).*?^\\\.$/gims, '$1')
    .replace(
      /\\(?:gset|gexec|gdesc|gx|g|crosstabview|bind|parse|close|startpipeline|syncpipeline|endpipeline)\b[^\n]*$/gm,
      ';',
    )
    .replace(/^\\[^\n]*$/gm, '')
    .replace(/(?<!:):(['"])\w+\1/g, 'variable');
  const pieces: string[] = [];
  let piece = '';
  // By parts at ends of lines, so that one error of the scanner does not lose the whole script.
  for (const line of sql.split(/(?<=;[^\n]*\n)/)) {
    piece += line;
    const tokens = scan(piece);
    if (tokens === undefined && piece.length < 20_000) continue;
    if (tokens !== undefined && isWithin(tokens)) continue;
    pieces.push(...(tokens === undefined ? [] : split(piece)));
    piece = '';
  }
  pieces.push(...split(piece));
  return pieces;
}

/** Whether a statement is still going on: in parentheses or in the body of an SQL function. */
function isWithin(tokens: readonly Token[]): boolean {
  let depth = 0;
  let previous = '';
  for (const { text } of tokens) {
    const word = text.toLowerCase();
    if (word === '(' || (word === 'atomic' && previous === 'begin') || (word === 'case' && depth > 0))
      depth++;
    else if (depth > 0 && (word === ')' || word === 'end')) depth--;
    previous = word;
  }
  return depth > 0;
}

function split(text: string): string[] {
  const bytes = Buffer.from(text);
  let tokens: ScanToken[];
  try {
    tokens = scanSync(text).tokens;
  } catch {
    return [];
  }
  const pieces: string[] = [];
  let from = 0;
  let depth = 0;
  let previous = '';
  for (const { text: token, start, end } of tokens) {
    const word = token.toLowerCase();
    if (word === '(' || (word === 'atomic' && previous === 'begin') || (word === 'case' && depth > 0))
      depth++;
    else if (depth > 0 && (word === ')' || word === 'end')) depth--;
    else if (word === ';' && depth === 0) {
      pieces.push(bytes.subarray(from, start).toString());
      from = end;
    }
    previous = word;
  }
  pieces.push(bytes.subarray(from).toString());
  return pieces
    .map((piece) => piece.trim())
    .filter((piece) => scan(piece)?.some(({ isComment }) => !isComment) ?? piece !== '');
}

/** The statements of all .sql files of a folder and its folders. */
export function scriptsIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .flatMap((file) => statementsOf(readFileSync(join(folder, file), 'utf8')));
}
