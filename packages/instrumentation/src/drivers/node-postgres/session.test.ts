import type { PgClient } from './pg';
import { sessionOf } from './session';

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
  expect(sessionOf(client as PgClient)).toBeUndefined();
});
