import { list, oneOf, positiveNumber, text } from './environment';

const emitWarning = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
beforeEach(() => emitWarning.mockClear());
afterEach(() => {
  delete process.env['SETTING'];
});

it('reads an empty variable as one that is not set', () => {
  process.env['SETTING'] = '  ';
  expect(text('SETTING')).toBeUndefined();
  expect(list('SETTING')).toEqual([]);
  expect(positiveNumber('SETTING', 'records', 7)).toBe(7);
});

it('reads a list without gaps and repetitions', () => {
  process.env['SETTING'] = ' otlp,, console ,otlp';
  expect(list('SETTING')).toEqual(['otlp', 'console']);
});

it.each(['0', '-1', 'fast', 'Infinity'])(
  'tells that %s is no number above zero, and takes the default',
  (written) => {
    process.env['SETTING'] = written;
    expect(positiveNumber('SETTING', `records of ${written}`, 7)).toBe(7);
    expect(emitWarning).toHaveBeenCalledWith(
      `SETTING must be a number of records of ${written} greater than 0, got "${written}" (from the environment); using 7`,
      { type: 'PgOtelWarning', code: 'PG_OTEL_SETTING' },
    );
  },
);

it('tells each thing once', () => {
  process.env['SETTING'] = 'green';
  expect(oneOf('SETTING', ['red', 'blue'], 'blue')).toBe('blue');
  expect(oneOf('SETTING', ['red', 'blue'], 'blue')).toBe('blue');
  expect(emitWarning).toHaveBeenCalledTimes(1);
});
