import { type PostgresServer, removePlaced } from '@pg-otel/testkit';
import { program, SHORT_PROGRAMS, startServer } from './postgres-js';
import { both, complaint, type Driver, logged } from './runs';

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startServer();
});
afterAll(async () => {
  removePlaced();
  await postgres.stop();
});

const driver: Driver = { installation: 'otel-2', node: process.execPath };

describe('Postgres.js in a CommonJS application', () => {
  it.each(SHORT_PROGRAMS)('%s behave as uninstrumented', async (name) => {
    const [uninstrumented, instrumented] = await both(
      driver,
      'instrumented',
      await program(postgres, driver, 'CommonJS', name),
    );
    expect(logged(instrumented)).toEqual(logged(uninstrumented));
    expect(complaint(instrumented)).toEqual(complaint(uninstrumented));
    expect([instrumented.code, uninstrumented.code]).toEqual([0, 0]);
    expect(instrumented.spans).toBeGreaterThan(10);
  });
});
