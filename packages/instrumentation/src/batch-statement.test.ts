import { STATEMENT_LIMIT } from './statement';
import { StatementCache } from './statement-cache';
import { Target } from './target';

describe('a batch', () => {
  const part = (text: string, isParameterised = false) => ({ text, isParameterised });
  const batch = (...parts: ReturnType<typeof part>[]) => new StatementCache().batch(parts, true);

  it('has the text and the summary that all its statements have', () => {
    const same = batch(
      part('SELECT n FROM t WHERE n = $1', true),
      part('SELECT n FROM t WHERE n = $1', true),
    );
    expect([same.text, same.summary]).toEqual(['SELECT n FROM t WHERE n = $1', 'BATCH SELECT t']);
    const alike = batch(part('SELECT 1 FROM t'), part('SELECT 2 FROM t'));
    expect([alike.text, alike.summary]).toEqual(['SELECT 1 FROM t; SELECT 2 FROM t', 'BATCH SELECT t']);
  });

  it('has the summary BATCH when the summaries differ or are empty', () => {
    expect(batch(part('SELECT 1 FROM t'), part('DELETE FROM t')).summary).toBe('BATCH');
    expect(batch(part('?'), part('?')).summary).toBe('BATCH');
  });

  it('reports as written only those of its statements that have bound values', () => {
    const mixed = batch(part("SELECT 'a', $1", true), part("SELECT 'b'"));
    expect(mixed.parameterised).toBe("SELECT 'a', $1; SELECT ?");
    expect(mixed.sanitized).toBe('SELECT ?, $1; SELECT ?');
  });

  it('reports a statement that no server has parsed only up to its first string', () => {
    const cache = new StatementCache();
    const read = "SELECT 'read'";
    cache.get(read, true).isAccepted = true;
    const parts = [
      part(read),
      part("SELECT 'bound', $1", true),
      part("DELETE FROM t WHERE a = 'O'SECRET'x'"),
    ];
    const unread = cache.batch(parts, true);
    expect(unread.parameterisedIfUnread).toBe("SELECT ?; SELECT 'bound', $1; DELETE FROM t WHERE a =");
    expect(unread.sanitizedIfUnread).toBe('SELECT ?; SELECT; DELETE FROM t WHERE a =');
  });

  it('is cached, separately from other batches and statements', () => {
    const cache = new StatementCache();
    const parts = [part('SELECT 1'), part('SELECT 1')];
    expect(cache.batch(parts, true)).toBe(cache.batch(parts, true));
    expect(cache.batch([part('SELECT 1'), part('SELECT 1', true)], true)).not.toBe(cache.batch(parts, true));
    expect(cache.get('SELECT 1', true)).not.toBe(cache.batch(parts, true));
  });

  it('is removed before many short statements fill the memory', () => {
    const cache = new StatementCache();
    const manyShort = (n: number) => [part(`SELECT ${n}`), ...Array(4000).fill(part(';'))];
    const first = cache.batch(manyShort(0), true);
    expect(cache.batch(manyShort(0), true)).toBe(first);
    // Two generations of 2,000,000 characters; each of the 4,000 objects counts as 32.
    for (let n = 1; n < 40; n += 1) cache.batch(manyShort(n), true);
    expect(cache.batch(manyShort(0), true)).not.toBe(first);
  });

  it('is removed on further targets as well before many short statements fill the memory', () => {
    const cache = new StatementCache();
    const targets = ['one', 'two'].map((database) => Target.of({ host: 'db', port: 5432, database }));
    const onBoth = (n: number) => {
      const batch = cache.batch([part(`SELECT ${n}`), ...Array(4000).fill(part(';'))], true);
      return { batch, onTwo: targets.map((target) => batch.on(target))[1] };
    };
    const { batch, onTwo } = onBoth(0);
    expect(batch.on(targets[1] as Target)).toBe(onTwo);
    for (let n = 1; n < 40; n += 1) onBoth(n);
    expect(batch.on(targets[1] as Target)).not.toBe(onTwo);
  });

  it('ends its summary with a whole name', () => {
    const names = Array.from({ length: 40 }, (_, index) => `table_${index}`);
    const text = `SELECT 1 FROM ${names.join(', ')}`;
    const { summary } = batch(part(text), part(text));
    expect(summary.length).toBeLessThanOrEqual(255);
    expect(
      summary
        .split(' ')
        .slice(2)
        .every((name) => names.includes(name)),
    ).toBe(true);
    expect(summary.startsWith('BATCH SELECT table_0 table_1 ')).toBe(true);
  });

  it('is cut when it is long', () => {
    const long = batch(part(`SELECT '${'x'.repeat(STATEMENT_LIMIT)}'`), part('DELETE FROM t'));
    expect(long.text.length).toBeLessThanOrEqual(STATEMENT_LIMIT);
    expect(long.sanitized).toBe('SELECT ?; DELETE FROM t');
  });
});
