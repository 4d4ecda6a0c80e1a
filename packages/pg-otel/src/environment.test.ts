import { isTrue, text } from './environment';

afterEach(() => {
  delete process.env['SETTING'];
});

it('reads an empty variable as one that is not set', () => {
  process.env['SETTING'] = '  ';
  expect(text('SETTING')).toBeUndefined();
  expect(isTrue('SETTING')).toBe(false);
});

it('reads true in any case', () => {
  process.env['SETTING'] = ' True ';
  expect(isTrue('SETTING')).toBe(true);
});
