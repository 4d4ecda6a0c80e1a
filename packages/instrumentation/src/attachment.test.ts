import { inspect } from 'node:util';
import { attachment } from './attachment';

it('is found on its object and on no other, and can be replaced', () => {
  const notes = attachment<object, string>();
  const others = attachment<object, string>();
  const object = {};
  expect(notes.get(object)).toBeUndefined();
  notes.set(object, 'first');
  notes.set(object, 'second');
  expect(notes.get(object)).toBe('second');
  expect(others.get(object)).toBeUndefined();
  expect(notes.get(Object.create(object))).toBeUndefined();
});

it('is invisible from outside, and works on frozen objects', () => {
  const notes = attachment<object, string>();
  const object = Object.freeze({ own: 1 });
  notes.set(object, 'note');
  expect(notes.get(object)).toBe('note');
  expect(Reflect.ownKeys(object)).toEqual(['own']);
  expect(inspect(object, { showHidden: true })).toBe('{ own: 1 }');
});
