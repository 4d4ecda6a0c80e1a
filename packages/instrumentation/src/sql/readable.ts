import { keywordAt } from './keywords';
import { COMMENT, END, Lexer, PUNCTUATION, STRAY, STRING, type TokenKind, WORD } from './lexer';

export interface Reading {
  /** The text was cut, so that it may end in the middle of a token. */
  readonly isCut: boolean;
  /** `standard_conforming_strings` is known to be on: a backslash in `'…'` is a character like any other. */
  readonly hasStandardStrings: boolean;
}

const VALUE = '?';
const BACKSLASH = '\\';
const SEMICOLON = 59;
const QUOTE = 39;
const STDIN = /^stdin$/i;

/**
 * The beginning of a text that is certainly read as the server reads it; what follows may be data that looks like SQL.
 *
 * - Without `standard_conforming_strings` a backslash may escape the quote behind it: all from the first string
 *   with a backslash on is left out.
 * - A text that leaves something open, or has a character that no rule takes (psql's `\copy`, NUL), is refused by the
 *   server. When it has strings, one of them may have ended early, as in `'O'Brien'`: all from the first one on is left
 *   out.
 * - Behind `COPY … FROM STDIN;` come the rows.
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
 * The part of a readable text that certainly holds no data although no server has read it. It ends before the first
 * string, which may have ended early, and with `COPY … FROM STDIN`, which rows may follow without a semicolon.
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

/** Finds out whether a statement is `COPY … FROM STDIN`. */
class CopyStatement {
  isFromStdin = false;
  #isCopy: boolean | undefined;
  #before = '';

  /** For each token of the statement, in order. */
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

/** `'…'` and `n'…'` with a backslash; the other kinds of strings are read alike in both ways. */
function mayEscape(text: string, start: number, end: number): boolean {
  const first = text.charCodeAt(start);
  if (first !== QUOTE && (first | 0x20) !== 0x6e) return false;
  const backslash = text.indexOf(BACKSLASH, start);
  return backslash !== -1 && backslash < end;
}
