import { isTrue, variable } from './environment';

afterEach(() => {
  delete process.env['SETTING'];
});

it('treats an empty variable as unset', () => {
  process.env['SETTING'] = '  ';
  expect(variable('SETTING')).toBeUndefined();
  expect(isTrue('SETTING')).toBe(false);
});

it('accepts true in upper and lower case', () => {
  process.env['SETTING'] = ' True ';
  expect(isTrue('SETTING')).toBe(true);
});
