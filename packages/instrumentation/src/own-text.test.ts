import { lookUpText, ownText } from './own-text';

const texts = [
  '',
  'a',
  '12',
  '-1',
  '__proto__',
  'constructor',
  '\0',
  '\ud800 and some more',
  'SELECT 1\n',
  'é'.repeat(9000),
];

it.each(texts)('%j: both copies are the same text', (text) => {
  expect([ownText(text), lookUpText(text)]).toEqual([text, text]);
});
