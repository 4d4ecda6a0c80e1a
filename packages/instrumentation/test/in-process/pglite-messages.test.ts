import type * as pglite from '@electric-sql/pglite';
import { withoutLiveIdentifiers } from '../../src/drivers/pglite/live';
import { read } from '../../src/drivers/pglite/message';

const { serialize } = (require('@electric-sql/pglite') as typeof pglite).protocol;

describe('a message to PGlite', () => {
  it('of a simple query has its text', () => {
    expect(read(serialize.query('SELECT 1; SELECT «2»'))).toEqual({
      type: 'text',
      text: 'SELECT 1; SELECT «2»',
      isSimple: true,
    });
  });

  it('of a statement to parse has its text', () => {
    const message = serialize.parse({ name: 'named', text: 'SELECT $1', types: [23] });
    expect(read(message)).toEqual({ type: 'text', text: 'SELECT $1', isSimple: false });
  });

  it.each([
    ['no values', [], []],
    ['text and NULL', ['Ada', null, ''], ['Ada', null, '']],
    ['bytes', ['1', new Uint8Array([1, 2])], ['1', new Uint8Array([1, 2])]],
  ])('has %s', (_, values, expected) => {
    const part = read(serialize.bind({ portal: 'p', statement: 's', values }));
    expect(part).toEqual({ type: 'values', values: expected });
  });

  it.each([
    ['execute', serialize.execute({})],
    ['sync', serialize.sync()],
    ['describe', serialize.describe({ type: 'S' })],
  ])('of another kind is not read: %s', (_, message) => expect(read(message)).toBeUndefined());
});

describe('the text of a live query', () => {
  const id = '0123456789abcdef'.repeat(2);

  it('has no random identifiers', () => {
    expect(withoutLiveIdentifiers(`EXECUTE live_query_${id}_get(1)`)).toBe('EXECUTE live_query_get(1)');
  });

  it('stays as it is otherwise', () => {
    expect(withoutLiveIdentifiers('SELECT * FROM live_query_log')).toBe('SELECT * FROM live_query_log');
  });
});
