import { keywordAt } from './keywords';
import {
  COMMENT,
  END,
  isSpace,
  Lexer,
  NUMBER,
  OPERATOR,
  PUNCTUATION,
  QUOTED_NAME,
  STRING,
  type TokenKind,
  WORD,
} from './lexer';
import { KEPT, REST, ValuePositions } from './value-positions';

const PLACEHOLDER = '?';
const MINUS = 45;
const ASTERISK = 42;
const DOT = 46;
const COLON = 58;
const SEMICOLON = 59;
const CLOSE_PARENTHESIS = 41;
const CLOSE_BRACKET = 93;

/** After these words, a minus is a sign and not a subtraction. */
const beforeOperand = new Set(
  (
    'all and any array asymmetric between both by case default distinct else fetch for from having ilike in ' +
    'leading like limit not offset on or placing returning select similar some symmetric then to trailing ' +
    'using values variadic when where with'
  ).split(' '),
);

/**
 * Implements the public function of this name, for text that {@link readableSql} has returned. It takes one pass, linear
 * in the length of the text.
 */
export function sanitizeSql(text: string): string {
  const lexer = new Lexer(text);
  let sanitized = '';
  /** The offset up to which the text has been copied to `sanitized`. */
  let copied = 0;
  /** Start and end of the white space before removed comments; -1 if the last token was not a comment. */
  let gapStart = -1;
  let gapEnd = -1;
  let kind: TokenKind = END;
  let start = 0;
  let end = 0;
  let beforeKind: TokenKind = END;
  let beforeStart = 0;
  let beforeEnd = 0;
  let isFirstOfStatement = true;
  /** Set in a statement that may contain values without quotes. */
  let values: ValuePositions | undefined;

  for (;;) {
    const next = lexer.next();
    if (next === COMMENT) {
      if (gapStart === -1) {
        gapStart = end;
        gapEnd = lexer.start;
        if (copied < end) sanitized += text.slice(copied, end);
      }
      continue;
    }
    const endsStatement = next === PUNCTUATION && text.charCodeAt(lexer.start) === SEMICOLON;
    const role =
      values === undefined || next === END || endsStatement
        ? KEPT
        : values.role(next, text, lexer.start, lexer.end);
    if (endsStatement || values?.isOver) values = undefined;
    else if (isFirstOfStatement && next === WORD) {
      values = ValuePositions.after(text, lexer.start, lexer.end);
    }
    isFirstOfStatement = endsStatement;
    if (gapStart !== -1) {
      copied = lexer.start;
      // A removed comment must not join two tokens. At either end of the text it leaves no space.
      if (next !== END && gapStart > 0 && role !== REST) {
        sanitized += gapEnd > gapStart ? text.slice(gapStart, gapEnd) : ' ';
      }
      gapStart = -1;
      if (next === END) {
        copied = text.length;
        break;
      }
    } else if (next === END) {
      break;
    }

    if (role === REST) {
      if (copied < end) sanitized += text.slice(copied, end);
      copied = lexer.end;
    } else if (
      role !== KEPT ||
      next === NUMBER ||
      next === STRING ||
      (next === QUOTED_NAME && lexer.isOpen)
    ) {
      const isSigned =
        next === NUMBER &&
        kind === OPERATOR &&
        end === lexer.start &&
        start === end - 1 &&
        text.charCodeAt(start) === MINUS &&
        copied <= start &&
        endsBeforeOperand(text, beforeKind, beforeStart, beforeEnd) &&
        !isCast(text, lexer.end);
      const from = isSigned ? start : lexer.start;
      if (copied < from) sanitized += text.slice(copied, from);
      sanitized += PLACEHOLDER;
      copied = lexer.end;
    }

    beforeKind = kind;
    beforeStart = start;
    beforeEnd = end;
    kind = next;
    start = lexer.start;
    end = lexer.end;
  }

  if (sanitized === '' && copied === 0) return text;
  if (copied < text.length) sanitized += text.slice(copied);
  return sanitized;
}

/** Whether an operand must follow the token, so that a minus after it is a sign. */
function endsBeforeOperand(text: string, kind: TokenKind, start: number, end: number): boolean {
  const last = text.charCodeAt(end - 1);
  switch (kind) {
    case END:
      return true;
    case OPERATOR:
      // t.* - 1
      return !(last === ASTERISK && text.charCodeAt(start - 1) === DOT);
    case PUNCTUATION:
      return last !== CLOSE_PARENTHESIS && last !== CLOSE_BRACKET && last !== DOT;
    case WORD:
      return beforeOperand.has(keywordAt(text, start, end)) && text.charCodeAt(start - 1) !== DOT;
    default:
      return false;
  }
}

/** Whether a cast follows: `-1::text` is -(1::text), so that the minus is not the sign of the number. */
function isCast(text: string, from: number): boolean {
  let at = from;
  while (isSpace(text.charCodeAt(at))) at++;
  return text.charCodeAt(at) === COLON && text.charCodeAt(at + 1) === COLON;
}

/** Whether the text contains a comment, including one that is left open. */
export function hasComment(text: string): boolean {
  if (!text.includes('--') && !text.includes('/*')) return false;
  const lexer = new Lexer(text);
  for (;;) {
    const kind = lexer.next();
    if (kind === COMMENT) return true;
    if (kind === END) return false;
  }
}
