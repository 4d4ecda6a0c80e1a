import {
  COMMENT,
  END,
  Lexer,
  NUMBER,
  OPERATOR,
  PARAMETER,
  PUNCTUATION,
  QUOTED_NAME,
  STRAY,
  STRING,
  type TokenKind,
  WORD,
} from '../../src/sql/lexer';
import { scan, type Token } from './scanner';
import { right, type Verdict, wrong } from './verdict';

function kindOf({ type, text, isNumber, isComment, neutral }: Token): TokenKind {
  if (isComment) return COMMENT;
  if (isNumber) return NUMBER;
  if (neutral !== undefined) return STRING;
  if (text.endsWith('"')) return QUOTED_NAME;
  if (type === 267) return PARAMETER;
  if (/^[A-Za-z_\u0080-\uffff]/.test(text)) return WORD;
  if (text.length === 1 && '()[],;.:'.includes(text)) return PUNCTUATION;
  return /^[~!@#^&|`?+\-*/%<>=:.]+$/.test(text) ? OPERATOR : STRAY;
}

/** The same tokens at the same places, of the same kinds. */
export function judgeLexer(text: string): Verdict {
  const expected = scan(text);
  if (expected === undefined) return { status: 'rejected' };
  const lexer = new Lexer(text);
  for (const token of expected) {
    const kind = lexer.next();
    const got = text.slice(lexer.start, lexer.end);
    if (got !== token.text || kind !== kindOf(token)) {
      return wrong(
        `${JSON.stringify(got)} of kind ${kind} instead of ${JSON.stringify(token.text)} of kind ${kindOf(token)}`,
      );
    }
  }
  return lexer.next() === END ? right : wrong(`more tokens: ${text.slice(lexer.start)}`);
}
