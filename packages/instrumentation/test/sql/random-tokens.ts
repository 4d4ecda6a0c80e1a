import fc from 'fast-check';

const tokenText = fc.oneof(
  fc.constantFrom(
    ...'( ) [ ] , ; . : :: := => .. + - * / % ^ < > = <= >= <> != ~ ! @ # & | ` ? -> ->> #> @> <@ ?| ?& || !~* @- +- *-'.split(
      ' ',
    ),
  ),
  fc.constantFrom(...'0 1 42 1.5 .5 5. 1e10 1.5E-3 1_000 0x1F 0o17 0b101 0XfF 1_0.0_1e1_0'.split(' ')),
  fc.constantFrom(
    ...'select from where a b n e x u U E N B X é ключ a$b _x null true user uescape e1 x1'.split(' '),
  ),
  fc.constantFrom(
    "'a'",
    "''",
    "'it''s'",
    "'a\\'",
    "E'a\\'b'",
    "e'\\\\'",
    "N'n'",
    "B'01'",
    "x'1F'",
    "U&'d\\0061'",
    "'a'\n'b'",
    "'a' \n\t 'b'",
    "'--'",
    "'/*'",
    "'$$'",
  ),
  fc.constantFrom('"a"', '"a""b"', 'U&"d\\0061"', '"--"', '"\'"', '"é"'),
  fc.constantFrom('$1', '$23', '$$ $', '$$a$$', "$t$ $$ ' $t$", '$t$$u$$t$', '$é$x$é$', '$_1$$_1$'),
  fc.constantFrom('-- c\n', '--\n', '/**/', '/* c */', '/* /* n */ */', '/*/**/*/', "/* ' */", "-- '\n"),
);
const gap = fc.constantFrom('', ' ', '\n', '\t', '  ', ' /* gap */ ', ' -- gap\n');
/** Tokens in any order, with and without something between them: mostly no statement. */
export const tokenSoup = fc
  .array(fc.tuple(tokenText, gap), { minLength: 1, maxLength: 30 })
  .map((tokens) => tokens.flat().join(''));
