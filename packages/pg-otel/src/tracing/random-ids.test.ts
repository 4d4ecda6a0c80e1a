import { isValidSpanId } from '@opentelemetry/api';
import { randomSpanId } from './random-ids';

afterEach(() => jest.restoreAllMocks());

it.each([
  [[0.5, 0.25], '8000000040000000'],
  [[0.999_999_999_9, 0.1], 'ffffffff19999999'],
  [[0, 0.7], '00000000b3333333'],
])('writes two random words, %j, as hexadecimal digits', (words, id) => {
  const random = jest.spyOn(Math, 'random');
  for (const word of words) random.mockReturnValueOnce(word);
  expect(randomSpanId()).toBe(id);
});

it('is never an id of zeros, which is invalid', () => {
  jest.spyOn(Math, 'random').mockReturnValue(0);
  expect(isValidSpanId(randomSpanId())).toBe(true);
});

it('differs from call to call', () => {
  const ids = Array.from({ length: 1000 }, randomSpanId);
  expect(new Set(ids).size).toBe(1000);
  expect(ids.every(isValidSpanId)).toBe(true);
});
