import { keywordAt } from '../../sql/keywords';
import { COMMENT, END, Lexer, PARAMETER, PUNCTUATION, STRAY, WORD } from '../../sql/lexer';

/** A statement that the server can plan. */
export interface PlannableStatement {
  readonly text: string;
  /** Without comments, which differ from execution to execution. */
  readonly tokens: string;
  /** The number of its parameters: the highest `$n`. */
  readonly parameters: number;
}

/** What `PREPARE` accepts (gram.y, PreparableStmt), and queries in parentheses. */
const BEGINNINGS = new Set(['select', 'with', 'values', 'table', 'insert', 'update', 'delete', 'merge', '(']);
/** The texts of operations are cut there. */
const MAX_TEXT = 8192;
const MAX_PARAMETERS = 65_535;

/**
 * Returns `undefined` for a text that is certainly not one statement with a plan. The server decides the rest: it refuses
 * a text with several statements if it is sent with the extended protocol.
 *
 * @param text as sent, cut at {@link MAX_TEXT} characters
 */
export function plannableStatement(text: string): PlannableStatement | undefined {
  if (text.length >= MAX_TEXT) return undefined;
  const lexer = new Lexer(text);
  const tokens: string[] = [];
  let parameters = 0;
  let hasEnded = false;
  for (let kind = lexer.next(); kind !== END; kind = lexer.next()) {
    if (kind === STRAY || lexer.isOpen) return undefined;
    if (kind === COMMENT) continue;
    const token = text.slice(lexer.start, lexer.end);
    if (hasEnded) return undefined;
    if (tokens.length === 0) {
      const beginning = kind === WORD ? keywordAt(text, lexer.start, lexer.end) : token;
      if (!BEGINNINGS.has(beginning)) return undefined;
    }
    if (kind === PUNCTUATION && token === ';') hasEnded = true;
    if (kind === PARAMETER) parameters = Math.max(parameters, Number(token.slice(1)));
    tokens.push(token);
  }
  if (tokens.length === 0 || parameters > MAX_PARAMETERS) return undefined;
  return { text, tokens: tokens.join(' '), parameters };
}
