import { KeptAnswers } from './kept-answers';

const MINUTE = 60_000;
let asked: string[];
let kept: KeptAnswers<string>;

const get = (key: string, at: number) =>
  kept.get(key, at, async () => {
    asked.push(key);
    return `${key} at ${at}`;
  });

beforeEach(() => {
  asked = [];
  kept = new KeptAnswers(MINUTE);
});

it('asks again when the time is over', async () => {
  expect(await get('a', 5)).toBe('a at 5');
  expect(await get('a', MINUTE)).toBe('a at 5');
  expect(await get('a', 5 + MINUTE)).toBe(`a at ${5 + MINUTE}`);
  expect(asked).toEqual(['a', 'a']);
});

it('asks once while the answer is pending', async () => {
  await Promise.all([get('a', 1), get('a', 2)]);
  expect(asked).toEqual(['a']);
});

it('keeps a limited number: the oldest is forgotten', async () => {
  for (let number = 0; number <= 200; number += 1) await get(String(number), number);
  await get('1', 300);
  expect(asked).toHaveLength(201);
  await get('0', 300);
  expect(asked).toHaveLength(202);
});
