import fc from 'fast-check';

type Words = string[];

const relation = fc.constantFrom<Words>(
  ['a'],
  ['B'],
  ['rows'],
  ['key'],
  ['"Q t"'],
  ['"q""x"'],
  ['s', '.', 't'],
  ['s', '.', '"T"'],
  ['d', '.', 's', '.', 'select'],
  ['U&"d\\0061ta"'],
  ['c1'],
  ['c2'],
);
const alias = fc.constantFrom<Words>(
  [],
  ['x'],
  ['AS', 'y'],
  ['AS', '"from"'],
  ['AS', 'set', '(', 'p', ',', 'q', ')'],
);
const literal = fc.constantFrom<Words>(
  ["'x'"],
  ["''"],
  ["'it''s; -- /*'"],
  ['1'],
  ['-1'],
  ['1.5e-3'],
  ['0xFF'],
  ['1_000'],
  ["E'a\\'b'"],
  ['$$ " $$'],
  ["$t$ ' $t$"],
  ["B'01'"],
  ["X'1F'"],
  ["U&'d'"],
  ["N'n'"],
  ['NULL'],
  ['true'],
);
const column = fc.constantFrom<Words>(
  ['a'],
  ['x', '.', 'b'],
  ['"from"'],
  ['x', '.', 'select'],
  ['s', '.', 't', '.', 'join'],
  ['$1'],
);
const operator = fc.constantFrom(
  '+',
  '-',
  '=',
  '<>',
  '||',
  '->>',
  '@>',
  '?|',
  'AND',
  'OR',
  'LIKE',
  'IS DISTINCT FROM',
  'IS NOT DISTINCT FROM',
);

const words = (...parts: (string | fc.Arbitrary<Words>)[]): fc.Arbitrary<Words> =>
  fc
    .tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part.split(' ')) : part)))
    .map((all) => all.flat());
const optional = (part: fc.Arbitrary<Words>): fc.Arbitrary<Words> => fc.oneof(fc.constant<Words>([]), part);
const list = (part: fc.Arbitrary<Words>, maxLength = 3): fc.Arbitrary<Words> =>
  fc
    .array(part, { minLength: 1, maxLength })
    .map((parts) => parts.flatMap((one, i) => (i === 0 ? one : [',', ...one])));

const { statement: randomStatement } = fc.letrec<
  Record<'expression' | 'item' | 'select' | 'query' | 'with' | 'statement', Words>
>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'depth' },
    column,
    literal,
    words(
      '(',
      tie('expression'),
      operator.map((text) => text.split(' ')),
      tie('expression'),
      ')',
    ),
    words('(', tie('expression'), ')'),
    words('(', tie('query'), ')'),
    words('EXISTS (', tie('query'), ')'),
    words(column, 'IN (', list(literal, 5), ')'),
    words('ARRAY (', tie('query'), ')'),
    words('CASE WHEN', tie('expression'), 'THEN', tie('expression'), 'ELSE', literal, 'END'),
    words('f (', list(tie('expression')), ')'),
    words(
      'sum (',
      column,
      ') FILTER ( WHERE',
      tie('expression'),
      ') OVER ( PARTITION BY',
      column,
      'ORDER BY',
      column,
      ')',
    ),
    words('rank ( ) WITHIN GROUP ( ORDER BY', column, ')'),
    words('EXTRACT ( year FROM', column, ')'),
    words('substring (', column, 'FROM 1 FOR 2 )'),
    words('trim ( BOTH', literal, 'FROM', column, ')'),
    words('CAST (', tie('expression'), 'AS text )'),
  ),
  item: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'depth' },
    words(relation, alias),
    words('ONLY', relation),
    words('ONLY (', relation, ') AS o'),
    words('generate_series ( 1 , 3 ) AS g ( n )'),
    // In one piece: libpg-query does not look past a comment for the word behind WITH.
    words('ROWS FROM ( f ( 1 ) , g ( 2 ) )', fc.constant(['WITH ORDINALITY'])),
    words('(', tie('query'), ') AS sub'),
    words('LATERAL (', tie('query'), ') sub'),
    words('(', tie('item'), 'LEFT JOIN', tie('item'), 'ON', tie('expression'), ')'),
    words(tie('item'), 'NATURAL JOIN', relation),
    words(tie('item'), 'CROSS JOIN', relation, 'x'),
    words(tie('item'), 'FULL OUTER JOIN', relation, 'USING ( id )'),
    words(relation, 'TABLESAMPLE system ( 10 )'),
  ),
  select: words(
    fc.constantFrom<Words>(['SELECT'], ['select', 'DISTINCT'], ['Select', 'ALL']),
    list(
      words(tie('expression'), fc.constantFrom<Words>([], ['AS', 'from'], ['AS', 'select'], ['AS', 'union'])),
    ),
    optional(words('FROM', list(tie('item')))),
    optional(words('WHERE', tie('expression'))),
    optional(words('GROUP BY', list(column), 'HAVING', tie('expression'))),
  ),
  query: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'depth' },
    tie('select'),
    words(tie('select'), 'ORDER BY', tie('expression'), 'LIMIT 10'),
    words('TABLE', relation),
    words('VALUES (', list(tie('expression')), ')'),
    words(tie('select'), 'UNION ALL', tie('select')),
    words(
      '(',
      tie('query'),
      ')',
      fc.constantFrom<Words>(['EXCEPT'], ['INTERSECT', 'ALL'], ['UNION', 'DISTINCT']),
      tie('select'),
    ),
    words(tie('with'), tie('select')),
  ),
  with: words(
    fc.constantFrom<Words>(['WITH'], ['WITH', 'RECURSIVE']),
    'c1 AS (',
    tie('query'),
    ')',
    optional(words(', c2 ( n ) AS NOT MATERIALIZED (', tie('query'), ')')),
    optional(words(', c3 AS ( DELETE FROM', relation, 'RETURNING * )')),
  ),
  statement: fc.oneof(
    words(optional(tie('with')), tie('select')),
    tie('query'),
    words(optional(tie('with')), 'INSERT INTO', relation, '( a , b ) VALUES (', list(tie('expression')), ')'),
    words(
      'INSERT INTO',
      relation,
      'AS i',
      tie('query'),
      optional(
        words('ON CONFLICT ( id ) DO UPDATE SET a =', tie('expression'), ', b = 2 WHERE', tie('expression')),
      ),
    ),
    words(
      optional(tie('with')),
      'UPDATE',
      relation,
      'SET a =',
      tie('expression'),
      ', b = 2',
      optional(words('FROM', list(tie('item')))),
      'WHERE',
      tie('expression'),
      'RETURNING *',
    ),
    words(
      optional(tie('with')),
      'DELETE FROM',
      relation,
      optional(words('USING', list(tie('item')))),
      'WHERE',
      tie('expression'),
    ),
    words(
      'MERGE INTO',
      relation,
      't USING',
      relation,
      'AS src ON',
      tie('expression'),
      'WHEN MATCHED THEN UPDATE SET a =',
      tie('expression'),
      ', b = 1 WHEN NOT MATCHED THEN INSERT ( a , b ) VALUES ( 1 , 2 )',
    ),
    words('CREATE TABLE', relation, 'AS', tie('query')),
    words('CREATE VIEW', relation, 'AS', tie('query')),
    words('EXPLAIN ( ANALYZE , COSTS off )', tie('query')),
    words('DECLARE c CURSOR FOR', tie('query')),
    words('PREPARE p AS', tie('select')),
    words('COPY (', tie('query'), ') TO STDOUT'),
    words('CREATE POLICY p ON', relation, 'USING (', tie('expression'), ')'),
  ),
}));

const wordGap = fc.constantFrom(
  ' ',
  ' ',
  ' ',
  '\n  ',
  '\t',
  ' /* c */ ',
  '/**/',
  "/* FROM 'x' */",
  ' -- JOIN z\n',
);
/** Statements with white space and comments anywhere between their words; behind a literal no line comment. */
export const statementText = fc
  .tuple(
    fc.array(randomStatement, { minLength: 1, maxLength: 2 }),
    fc.array(wordGap, { minLength: 7, maxLength: 13 }),
  )
  .map(([statements, gaps]) =>
    statements
      .map((all) => all.map((word, i) => word + (word.endsWith("'") ? ' ' : gaps[i % gaps.length])).join(''))
      .join(';'),
  );
