import { sessionOf } from './any-client';

it.each<[string, object]>([
  [
    'a Proxy whose traps throw',
    new Proxy(
      {},
      {
        get: () => {
          throw new Error('trap');
        },
      },
    ),
  ],
  [
    'an object with a getter that throws',
    {
      connection: {},
      get processID() {
        throw new Error('getter');
      },
    },
  ],
])('%s has no session', (_name, client) => {
  expect(sessionOf(client)).toBeUndefined();
});
