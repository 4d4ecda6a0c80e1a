import { type PostgresServer, removePlaced } from '@pg-otel/testkit';
import { newest, oldest, program, startServer } from './node-postgres';
import { both, complaint, logged, read } from './runs';

let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startServer();
});
afterAll(async () => {
  removePlaced();
  await postgres.stop();
});

/** The names in programs/endings.cjs. */
const ENDINGS = [...read('programs/endings.cjs').matchAll(/^ {2}async '(.*)'\(\) \{$/gm)].map(
  ([, name]) => name as string,
);

describe.each([
  ['the newest pg', newest],
  ['the oldest pg', oldest],
])('on %s a process ends as uninstrumented', (_, driver) => {
  it.each(ENDINGS)('%s', async (ending) => {
    const [uninstrumented, instrumented] = await both(
      driver,
      'instrumented',
      program(postgres, 'endings', ending),
    );
    expect(logged(instrumented)).toEqual(logged(uninstrumented));
    expect(complaint(instrumented)).toEqual(complaint(uninstrumented));
    expect([instrumented.code, instrumented.signal]).toEqual([uninstrumented.code, uninstrumented.signal]);
    expect(instrumented.spans).toBeGreaterThanOrEqual(0);
  });
});
