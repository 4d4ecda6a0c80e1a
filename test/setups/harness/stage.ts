import { type OtlpCapture, type PostgresServer, startOtlpCapture, startPostgres } from '@pg-otel/testkit';
import { Client } from 'pg';

/**
 * A Postgres with the table that the applications read, and a capture, for all tests of the file that imports this:
 * there from the first test on, the capture emptied before each.
 */
export let postgres: PostgresServer;
export let capture: OtlpCapture;

beforeAll(async () => {
  [postgres, capture] = await Promise.all([startPostgres({ database: 'notes' }), startOtlpCapture()]);
  const client = new Client(postgres.url);
  await client.connect();
  await client.query(`
    CREATE TABLE notes (id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY, body text NOT NULL);
    INSERT INTO notes (body) VALUES ('Buy milk'), ('Call mother');`);
  await client.end();
});
beforeEach(() => capture.clear());
afterAll(() => Promise.all([postgres.stop(), capture.stop()]));
