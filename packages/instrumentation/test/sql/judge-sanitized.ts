import { sanitizeSql } from '../../src/sql/sanitize';
import { fingerprint } from './fingerprint';
import { areEqualButLiterals, parse, settingValues } from './parse-tree';
import { scan, type Token } from './scanner';
import { right, type Verdict, wrong } from './verdict';

/** Tokens that may stay in the place of a setting's value: keywords, and the sign of a number. */
const readable = /^(on|off|true|false|[-+])$/i;

/**
 * Each literal and each value of a setting is `?`, each other token is there and as it was, tokens that were apart are apart, and the
 * fingerprint is that of the original when placeholders are written as parameters.
 */
export function judgeSanitized(text: string): Verdict {
  const tokens = scan(text);
  if (tokens === undefined) return { status: 'rejected' };
  const sanitized = sanitizeSql(text);
  let at = 0;
  let withParameters = '';
  let withLiterals = '';
  let parameter = Math.max(0, ...[...text.matchAll(/\$(\d{1,5})/g)].map(([, digits]) => Number(digits)));
  let wasApart = true;
  const values = settingValues(text);
  const neutralOf = (token: Token): string | undefined =>
    token.neutral ?? (values.has(token.start) && !readable.test(token.text) ? "'x'" : undefined);
  for (const [i, token] of tokens.entries()) {
    wasApart ||= token.isApart;
    if (token.isComment) {
      wasApart = true;
      continue;
    }
    const [space] = /^\s*/.exec(sanitized.slice(at)) as RegExpExecArray;
    if (i > 0 && at > 0 && wasApart !== space.length > 0)
      return wrong(`white space before ${token.text}: ${sanitized}`);
    at += space.length;
    wasApart = false;
    const following = tokens[i + 1];
    const goesWithNumber =
      token.text === '-' && following?.isNumber && !following.isApart && sanitized[at] === '?';
    if (goesWithNumber) continue;
    const neutral = neutralOf(token);
    const expected = neutral === undefined ? token.text : '?';
    if (!sanitized.startsWith(expected, at)) return wrong(`no ${expected} at ${at}: ${sanitized}`);
    at += expected.length;
    withParameters += space + (neutral === undefined ? token.text : ` $${++parameter} `);
    withLiterals += space + (neutral === undefined ? token.text : ` ${neutral} `);
  }
  const rest = sanitized.slice(at);
  if (rest.trim() !== '') return wrong(`more than there was: ${rest}`);

  const original = fingerprint(text);
  const originalTree = parse(text);
  if (original === undefined || originalTree === undefined) return right;
  if (fingerprint(withParameters) === original) return right;
  // Where the grammar takes a literal and no parameter (interval '1 day', COMMENT … IS 'text'), the tree must be
  // the same with a literal that holds nothing in its place.
  const tree = parse(withLiterals);
  if (tree === undefined) return { status: 'exempt', because: 'only this literal parses there' };
  if (!areEqualButLiterals(originalTree, tree)) return wrong(`another tree: ${sanitized}`);
  return { status: 'exempt', because: 'the grammar wants a literal' };
}
