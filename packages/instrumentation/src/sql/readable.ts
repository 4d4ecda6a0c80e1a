import { keywordAt } from './keywords';
import { COMMENT, END, Lexer, PUNCTUATION, STRAY, STRING, type TokenKind, WORD } from './lexer';

/** What is known about a text before it is read. */
export interface Reading {
  /** Whether the text was cut, so that it may end in the middle of a token. */
  readonly isCut: boolean;
  /** Whether `standard_conforming_strings` is known to be on, so that a backslash in `'…'` is an ordinary character. */
  readonly hasStandardStrings: boolean;
}

const VALUE = '?';
const BACKSLASH = '\\';
const SEMICOLON = 59;
const QUOTE = 39;
const STDIN = /^stdin$/i;

/**
 * Returns the beginning of a text, as far as it is certain that the server reads it in the same way. The rest is removed,
 * because it may be data that looks like SQL:
 *
 * - Without `standard_conforming_strings`, a backslash may escape the quote after it. The text ends at the first string
 *   with a backslash.
 * - The server rejects a text with an unclosed string, name or comment, or with a character that is not part of SQL
 *   (psql's `\copy`, NUL). One of its strings may have ended early, as in `'O'Brien'`. The text ends at the first string,
 *   or at that character.
 * - `COPY … FROM STDIN;` is followed by rows. The text ends after the semicolon.
 */
export function readableSql(text: string, { isCut, hasStandardStrings }: Reading): string {
  const lexer = new Lexer(text);
  let firstString = -1;
  let statement = new CopyStatement();
  for (;;) {
    const kind = lexer.next();
    if (kind === COMMENT && !lexer.isOpen) continue;
    const { start, end } = lexer;
    if (kind === STRING && firstString === -1) firstString = start;
    if (isRefused(kind, lexer, isCut)) {
      if (firstString !== -1) return text.slice(0, firstString) + VALUE;
      return kind === STRAY ? text.slice(0, start) : text;
    }
    if (kind === END) return text;
    if (kind === STRING && !hasStandardStrings && mayEscape(text, start, end)) {
      return text.slice(0, start) + VALUE;
    }
    if (kind === PUNCTUATION && text.charCodeAt(start) === SEMICOLON) {
      if (statement.isFromStdin) return text.slice(0, end);
      statement = new CopyStatement();
    } else {
      statement.read(kind, text, start, end);
    }
  }
}

/**
 * Returns the part of a readable text that certainly contains no data, although no server has parsed it. It ends before
 * the first string, which may have ended early, and after `COPY … FROM STDIN`, which may be followed by rows
 * without a semicolon.
 */
export function certainPart(text: string): string {
  const lexer = new Lexer(text);
  let statement = new CopyStatement();
  for (;;) {
    const kind = lexer.next();
    const { start, end } = lexer;
    if (kind === END) return text;
    if (kind === STRING) return text.slice(0, start);
    if (kind === COMMENT) continue;
    if (text.charCodeAt(start) === SEMICOLON) statement = new CopyStatement();
    else statement.read(kind, text, start, end);
    if (statement.isFromStdin) return text.slice(0, end);
  }
}

/** Recognises `COPY … FROM STDIN`. */
class CopyStatement {
  isFromStdin = false;
  #isCopy: boolean | undefined;
  #before = '';

  /** Called for each token of the statement, in order. */
  read(kind: TokenKind, text: string, start: number, end: number): void {
    if (this.#isCopy === false) return;
    const keyword = kind === WORD ? keywordAt(text, start, end) : '';
    this.#isCopy ??= keyword === 'copy';
    if (this.#before === 'from' && STDIN.test(text.slice(start, end))) this.isFromStdin = true;
    this.#before = keyword;
  }
}

function isRefused(kind: TokenKind, lexer: Lexer, isCut: boolean): boolean {
  return kind === STRAY || (kind !== END && lexer.isOpen && !isCut);
}

/** Whether the string is `'…'` or `n'…'` with a backslash; the setting does not affect other kinds of strings. */
function mayEscape(text: string, start: number, end: number): boolean {
  const first = text.charCodeAt(start);
  if (first !== QUOTE && (first | 0x20) !== 0x6e) return false;
  const backslash = text.indexOf(BACKSLASH, start);
  return backslash !== -1 && backslash < end;
}
