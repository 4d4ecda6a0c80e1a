import { MessageBatch } from './message-batch';

function recorded(handle: (message: number) => void = () => {}) {
  const handled: number[] = [];
  const errors: unknown[] = [];
  const batch = new MessageBatch<number>(
    (message) => {
      handle(message);
      handled.push(message);
    },
    (error) => errors.push(error),
  );
  return { batch, handled, errors };
}

const upTo = (count: number) => Array.from({ length: count }, (_, nth) => nth);

it('handles each message once, in order, at the latest with the 63 that follow', () => {
  const { batch, handled } = recorded();
  for (const message of upTo(63)) batch.add(message);
  expect(handled).toEqual([]);
  batch.add(63);
  expect(handled).toEqual(upTo(64));
  batch.add(64);
  batch.handleAll();
  batch.handleAll();
  expect(handled).toEqual(upTo(65));
});

it('handles the others when one fails', () => {
  const failure = new Error('one');
  const { batch, handled, errors } = recorded((message) => {
    if (message === 1) throw failure;
  });
  for (const message of upTo(3)) batch.add(message);
  batch.handleAll();
  expect(handled).toEqual([0, 2]);
  expect(errors).toEqual([failure]);
});
