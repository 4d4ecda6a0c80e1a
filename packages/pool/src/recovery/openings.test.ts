import { inTurn } from './openings';

it('two connections are opened at a time, and a failed attempt makes place for the next one', async () => {
  const waiting: (() => void)[] = [];
  let started = 0;
  const attempts = Array.from({ length: 5 }, (_, index) =>
    inTurn('db.example:5432', async () => {
      started += 1;
      await new Promise<void>((resolve) => waiting.push(resolve));
      if (index === 0) throw new Error('refused');
    }),
  );
  const ended = Promise.allSettled(attempts);
  for (const expected of [2, 3, 4, 5, 5]) {
    await new Promise(setImmediate);
    expect(started).toBe(expected);
    waiting.shift()?.();
  }
  expect((await ended).map(({ status }) => status)).toEqual(['rejected', ...Array(4).fill('fulfilled')]);
});

it('attempts to a server that does not answer do not delay those to another server', async () => {
  let giveUp = () => {};
  const blackHole = new Promise<void>((resolve) => {
    giveUp = resolve;
  });
  const lost = Array.from({ length: 4 }, () => inTurn('lost.example:5432', () => blackHole));
  expect(await inTurn('db.example:5432', async () => 'connected')).toBe('connected');
  giveUp();
  await Promise.all(lost);
});
