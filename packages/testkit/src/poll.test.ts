import { pollUntil } from './poll';

it('resolves with what is found, asked again until then', async () => {
  const answers = [undefined, false, 'found'] as const;
  let asked = 0;
  expect(await pollUntil(async () => answers[asked++])).toBe('found');
  expect(asked).toBe(3);
});

it('takes an error for not yet, and names the last one when time is over', async () => {
  const failing = async () => {
    throw new Error('refused');
  };
  await expect(pollUntil(failing, 60)).rejects.toThrow('Not found within 60 ms: Error: refused');
  let isFirst = true;
  const failingOnce = async () => {
    if (!isFirst) return true;
    isFirst = false;
    throw new Error('refused');
  };
  expect(await pollUntil(failingOnce)).toBe(true);
});

it('gives up', async () => {
  await expect(pollUntil(async () => undefined, 60)).rejects.toThrow(/^Not found within 60 ms$/);
});
