import { copyText, internedText } from './text-copies';

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

it.each(texts)('%j has equal copies', (text) => {
  expect([copyText(text), internedText(text)]).toEqual([text, text]);
});
