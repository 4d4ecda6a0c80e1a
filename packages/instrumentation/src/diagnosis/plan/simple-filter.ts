import {
  END,
  Lexer,
  NUMBER,
  OPERATOR,
  PARAMETER,
  PUNCTUATION,
  QUOTED_NAME,
  STRING,
  type TokenKind,
  WORD,
} from '../../sql/lexer';

/** Operators that a B-tree index supports. */
const OPERATORS = new Set(['=', '<', '>', '<=', '>=']);

interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

/**
 * Returns the columns of a filter that consists only of conditions `column operator value`, all of which rows must meet.
 * Returns `undefined` for any other filter, for example with OR, a function or a cast of the column: an index on the
 * column would not help, or it cannot be known.
 *
 * @param filter the condition of a scan as the server shows it, where each condition is in parentheses and each column has
 *   the name of its table
 */
export function columnsOfSimpleFilter(filter: string): string[] | undefined {
  const columns = conjunctsOf(tokensOf(filter)).map(columnOfCondition);
  return columns.every((column) => column !== undefined) ? [...new Set(columns)] : undefined;
}

/** Returns the column's name of an expression that is only a column (`t.id`, or `id`); `undefined` for any other. */
export function columnOfExpression(expression: string): string | undefined {
  const tokens = tokensOf(expression.replace(/ (?:DESC|ASC|NULLS (?:FIRST|LAST))/g, ''));
  const [name, dot, column] = tokens;
  if (tokens.length === 1) return nameOf(name);
  return tokens.length === 3 && isPunctuation(dot, '.') ? nameOf(column) : undefined;
}

function tokensOf(text: string): Token[] {
  const lexer = new Lexer(text);
  const tokens: Token[] = [];
  for (let kind = lexer.next(); kind !== END; kind = lexer.next()) {
    tokens.push({ kind, text: text.slice(lexer.start, lexer.end) });
  }
  return tokens;
}

/** Splits `((a) AND (b))` into `a` and `b`. */
function conjunctsOf(tokens: readonly Token[]): Token[][] {
  const inner = withoutParentheses(tokens);
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of inner) {
    if (isPunctuation(token, '(')) depth += 1;
    if (isPunctuation(token, ')')) depth -= 1;
    if (depth === 0 && token.kind === WORD && token.text === 'AND') parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts.map((part) => withoutParentheses(part));
}

function withoutParentheses(tokens: readonly Token[]): Token[] {
  if (!isPunctuation(tokens[0], '(') || closingOf(tokens, 0) !== tokens.length - 1) return [...tokens];
  return tokens.slice(1, -1);
}

/** Returns the position of the parenthesis that closes the one at a position. */
function closingOf(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at += 1) {
    if (isPunctuation(tokens[at], '(')) depth += 1;
    if (isPunctuation(tokens[at], ')')) depth -= 1;
    if (depth === 0) return at;
  }
  return -1;
}

function columnOfCondition([table, dot, column, operator, ...value]: readonly Token[]): string | undefined {
  if (nameOf(table) === undefined || !isPunctuation(dot, '.')) return undefined;
  if (operator?.kind !== OPERATOR || !OPERATORS.has(operator.text)) return undefined;
  const isList = value[0]?.text === 'ANY' && isPunctuation(value[1], '(') && isPunctuation(value.at(-1), ')');
  const compared = isList ? withoutParentheses(value.slice(2, -1)) : value;
  return isConstant(compared) || isOuterColumn(compared, table) ? nameOf(column) : undefined;
}

/** Whether the tokens are a column of another table: in the filter of a scan, it has one value for each execution. */
function isOuterColumn(
  [table, dot, column, ...others]: readonly Token[],
  scanned: Token | undefined,
): boolean {
  if (others.length > 0 || !isPunctuation(dot, '.') || nameOf(column) === undefined) return false;
  return nameOf(table) !== undefined && nameOf(table) !== nameOf(scanned);
}

/** Whether the tokens are a parameter or literal, with or without a cast. */
function isConstant([value, cast, ...type]: readonly Token[]): boolean {
  if (value === undefined || ![PARAMETER, NUMBER, STRING].includes(value.kind as 4)) return false;
  if (cast === undefined) return true;
  const isOfType = ({ kind, text }: Token) =>
    [WORD, QUOTED_NAME, NUMBER].includes(kind as 1) || (kind === PUNCTUATION && '()[],.'.includes(text));
  return cast.text === '::' && type.length > 0 && type.every(isOfType);
}

const isPunctuation = (token: Token | undefined, text: string): boolean =>
  token?.kind === PUNCTUATION && token.text === text;

/** Returns the name that a token stands for; `undefined` if it is not a name. */
function nameOf(token: Token | undefined): string | undefined {
  if (token?.kind === WORD) return token.text;
  if (token?.kind !== QUOTED_NAME || !token.text.startsWith('"')) return undefined;
  return token.text.slice(1, -1).replaceAll('""', '"');
}
