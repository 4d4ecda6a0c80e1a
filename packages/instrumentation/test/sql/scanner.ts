import { type ScanToken, scanSync } from 'libpg-query';

const literalTypes: Readonly<Record<number, string>> = {
  260: '1.5',
  261: "'x'",
  262: "U&'x'",
  263: "B'1'",
  264: "X'1'",
  266: '1',
};
const numberTypes = [260, 266];
const commentTypes = [275, 276];

export interface Token {
  text: string;
  /** A literal of the same kind that holds nothing. */
  neutral?: string;
  isNumber: boolean;
  isComment: boolean;
  /** Whether white space or comments part it from the token before. */
  isApart: boolean;
  type: number;
  /** Offset in the UTF-8 text, as parse trees have it. */
  start: number;
}

/** PostgreSQL's tokens; undefined when it rejects the text. N'…' is one token here: its N is no name. */
export function scan(text: string): Token[] | undefined {
  let scanned: ScanToken[];
  try {
    scanned = scanSync(text).tokens;
  } catch {
    return undefined;
  }
  // The server reads 'a' -- comment, newline, 'b' as one string; libpg-query, which keeps comments, as two.
  const kinds = scanned.map(({ tokenType: type, text: token }) =>
    type === 275 ? '-' : token.endsWith("'") ? "'" : ' ',
  );
  if (kinds.join('').includes("'-")) return undefined;
  const tokens: Token[] = [];
  let end = 0;
  for (let i = 0; i < scanned.length; i++) {
    let token = scanned[i] as ScanToken;
    let literal = token.text;
    const { start } = token;
    const following = scanned[i + 1];
    if (/^n$/i.test(token.text) && following?.start === token.end && following.text.startsWith("'")) {
      literal += following.text;
      token = following;
      i++;
    }
    tokens.push({
      text: literal,
      // N'…' is a cast to character, not only a string.
      neutral: literal === token.text ? literalTypes[token.tokenType] : "N'x'",
      isNumber: numberTypes.includes(token.tokenType),
      isComment: commentTypes.includes(token.tokenType),
      isApart: start > end,
      type: token.tokenType,
      start,
    });
    end = token.end;
  }
  return tokens;
}
