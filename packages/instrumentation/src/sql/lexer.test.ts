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
} from './lexer';

function tokens(text: string): [kind: TokenKind, text: string][] {
  const lexer = new Lexer(text);
  const result: [TokenKind, string][] = [];
  for (let kind = lexer.next(); kind !== END; kind = lexer.next()) {
    result.push([kind, text.slice(lexer.start, lexer.end)]);
  }
  return result;
}

const texts = (text: string): string[] => tokens(text).map(([, token]) => token);

describe('Lexer', () => {
  it.each([
    "''",
    "'it''s'",
    "'back\\slash'",
    "'-- no comment /* either'",
    "'two'\n'parts'",
    "'two' -- the server reads on behind a comment\n 'parts'",
    "E'escaped \\' quote'",
    "e'\\\\'",
    "B'0101'",
    "X'1F'",
    "N'national'",
    "U&'d\\0061t'",
    "u&'d'",
    '$$body$$',
    "$tag$ it's $other$ $$ $tag $tag$",
    '$ключ$x$ключ$',
    '$_1$x$_1$',
  ])('reads %j as one string', (text) => {
    expect(tokens(text)).toEqual([[STRING, text]]);
  });

  it.each([
    ["'one' 'two'", ["'one'", "'two'"]],
    [
      "'one' /* only a line comment may stand there */\n'two'",
      ["'one'", '/* only a line comment may stand there */', "'two'"],
    ],
    ["B'1''0'", ["B'1'", "'0'"]],
    ['$a$x$A$', ['$a$x$A$']],
    ["e 'x'", ['e', "'x'"]],
    ["ae'x'", ['ae', "'x'"]],
    ['a$$b$$', ['a$$b$$']],
    ['1$$b$$', ['1', '$$b$$']],
    ['$1$$b$$', ['$1', '$$b$$']],
    ['$tag', ['$', 'tag']],
  ])('reads %j as %j', (text, expected) => {
    expect(texts(text)).toEqual(expected);
  });

  it.each([
    '0',
    '42',
    '1.5',
    '1.',
    '.5',
    '1e10',
    '1.5E-3',
    '1e+3',
    '1_000',
    '1_0.5_0e1_0',
    '0x1F',
    '0XfF',
    '0o17',
    '0b101',
    '0x_1F',
    '123abc',
    '1e',
    '0b12',
    '1__0',
  ])('reads %j as one number', (text) => {
    expect(tokens(text)).toEqual([[NUMBER, text]]);
  });

  it.each([
    ['1..10', ['1', '..', '10']],
    ['-1', ['-', '1']],
    ['0x1e-5', ['0x1e', '-', '5']],
    ['1.5.6', ['1.5', '.6']],
    ['a[1:2]', ['a', '[', '1', ':', '2', ']']],
    ['t1.c2', ['t1', '.', 'c2']],
    ['1e+x', ['1e', '+', 'x']],
  ])('reads %j as %j', (text, expected) => {
    expect(texts(text)).toEqual(expected);
  });

  it.each([
    ['a::int', ['a', '::', 'int']],
    ['a:=1', ['a', ':=', '1']],
    ['a=>1', ['a', '=>', '1']],
    ["a->>'b'", ['a', '->>', "'b'"]],
    ['a@>b', ['a', '@>', 'b']],
    ['a?|b', ['a', '?|', 'b']],
    ['a=-1', ['a', '=', '-', '1']],
    ['a<>-1', ['a', '<>', '-', '1']],
    ['a!=-1', ['a', '!=-', '1']],
    ['a@-1', ['a', '@-', '1']],
    ['+-+', ['+', '-', '+']],
    ['a+--c', ['a', '+', '--c']],
    ['a+/*c*/b', ['a', '+', '/*c*/', 'b']],
    ['a*/b', ['a', '*/', 'b']],
  ])('ends the operators of %j as PostgreSQL does', (text, expected) => {
    expect(texts(text)).toEqual(expected);
  });

  it.each(['-- to the end', '--', '/**/', '/* /* nested */ */', "/* ' */", '/*/**/*/', '/***/'])(
    'reads %j as one comment',
    (text) => {
      expect(tokens(text)).toEqual([[COMMENT, text]]);
    },
  );

  it('ends a line comment before a newline or carriage return', () => {
    expect(texts('--a\nb --c\rd')).toEqual(['--a', 'b', '--c', 'd']);
  });

  it('names kinds', () => {
    expect(tokens('x "y" U&"z" $1 , + é\u00a0_ \\ \0')).toEqual([
      [WORD, 'x'],
      [QUOTED_NAME, '"y"'],
      [QUOTED_NAME, 'U&"z"'],
      [PARAMETER, '$1'],
      [PUNCTUATION, ','],
      [OPERATOR, '+'],
      [WORD, 'é\u00a0_'],
      [STRAY, '\\'],
      [STRAY, '\0'],
    ]);
  });

  it.each([
    ["'open", STRING],
    ["E'open\\", STRING],
    ["E'open\\'", STRING],
    ["B'1", STRING],
    ['$a$open$a', STRING],
    ['"open""', QUOTED_NAME],
    ['/* open /* closed */', COMMENT],
  ])('ends an open token with the text in %j', (text, kind) => {
    const lexer = new Lexer(text);
    expect([lexer.next(), lexer.start, lexer.end, lexer.isOpen]).toEqual([kind, 0, text.length, true]);
    expect(lexer.next()).toBe(END);
  });
});
