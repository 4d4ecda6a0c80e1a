import { STATEMENT_LIMIT } from './statement';
import { StatementCache } from './statement-cache';
import { Target } from './target';

const target = Target.of({ host: 'db', port: 5432, database: 'shop' });

it('returns the same statement for the same text', () => {
  const cache = new StatementCache();
  const statement = cache.get('SELECT 1', true);
  expect(cache.get('SELECT 1', true)).toBe(statement);
  expect(statement.on(target)).toBe(statement.on(target));
});

it('prepares a statement for each target', () => {
  const statement = new StatementCache().get('SELECT 1', true);
  const other = Target.of({ host: 'other', port: 5432, database: 'shop' });
  const [first, second] = [statement.on(target), statement.on(other)];
  expect(first).not.toBe(second);
  expect([statement.on(target), statement.on(other)]).toEqual([first, second]);
});

it('removes statements that were not used during two generations', () => {
  const cache = new StatementCache();
  const kept = cache.get('SELECT kept', true);
  const forgotten = cache.get('SELECT forgotten', true);
  for (let n = 0; n < 5000; n += 1) {
    cache.get(`SELECT ${n}`, true);
    if (n % 500 === 0) expect(cache.get('SELECT kept', true)).toBe(kept);
  }
  expect(cache.get('SELECT forgotten', true)).not.toBe(forgotten);
});

it('cuts huge texts, and does not cut a character in two', () => {
  const cache = new StatementCache();
  const text = `SELECT '${'x'.repeat(STATEMENT_LIMIT - 9)}😀${'y'.repeat(100_000)}'`;
  const statement = cache.get(text, true);
  expect(statement.text).toBe(`SELECT '${'x'.repeat(STATEMENT_LIMIT - 9)}`);
  expect(statement.sanitized).toBe('SELECT ?');
  expect(cache.get(text, true)).not.toBe(statement);
});

describe('white space near the limit', () => {
  const comment = (characters: number) => `/*${'x'.repeat(characters - 4)}*/`;
  const join = 'SELECT 1 FROM a JOIN';

  it.each([
    ['space', ' '],
    ['tab', '\t'],
    ['line feed', '\n'],
  ])('is the place to cut: a %s', (_, space) => {
    const start = comment(STATEMENT_LIMIT - 25) + join;
    const statement = new StatementCache().get(`${start}${space}shop.customers ON true`, true);
    expect([statement.text, statement.summary]).toEqual([start, 'SELECT a']);
  });

  it('keeps a name that ends at the limit', () => {
    const start = `${comment(STATEMENT_LIMIT - 35)}${join} shop.customers`;
    expect(start).toHaveLength(STATEMENT_LIMIT);
    const statement = new StatementCache().get(`${start} ON true`, true);
    expect([statement.text, statement.summary]).toEqual([start, 'SELECT a shop.customers']);
  });

  it.each([
    [256, STATEMENT_LIMIT - 256],
    [257, STATEMENT_LIMIT],
  ])(
    'is used up to 256 characters before the limit: at %i, the text has %i characters',
    (characters, length) => {
      const text = `${comment(STATEMENT_LIMIT - characters)} ${'x'.repeat(1000)}`;
      expect(new StatementCache().get(text, true).text).toHaveLength(length);
    },
  );
});

it('accepts lone surrogates and binary text', () => {
  const text = "SELECT '\ud800', \u0000 FROM t";
  expect(new StatementCache().get(text, true).sanitized).not.toContain('\ud800');
});
