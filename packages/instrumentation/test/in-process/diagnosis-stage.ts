import { pollUntil, type RecordedEvent } from '@pg-otel/testkit';
import pg from 'pg';
import type { Instrumented } from './instrumented';

/** Changes a row that {@link lockRow} has locked. */
export const UPDATE = 'UPDATE accounts SET balance = balance + 1 WHERE id = 7';

/** The events with answers about {@link UPDATE}. */
export function diagnosed({ recorder }: Pick<Instrumented, 'recorder'>): RecordedEvent[] {
  return recorder
    .events()
    .filter(
      ({ name, attributes }) =>
        name === 'pg_otel.operation.diagnosed' && attributes['db.query.summary'] === 'UPDATE accounts',
    );
}

/** Locks the row until the returned function is called. */
export async function lockRow({ server }: Pick<Instrumented, 'server'>): Promise<() => Promise<void>> {
  const { host, port, database, user, password } = server;
  const client = new pg.Client({ host, port, database, user, password, application_name: 'holder' });
  client.on('error', () => {});
  await client.connect();
  await client.query(
    'CREATE TABLE IF NOT EXISTS accounts AS SELECT n AS id, 0 AS balance FROM generate_series(1, 100) n',
  );
  await client.query('BEGIN; UPDATE accounts SET balance = 0 WHERE id = 7');
  return () => client.end();
}

/** Runs {@link UPDATE} until there is an answer, and then to its end. Returns the answer. */
export async function diagnosisOf(
  shop: Pick<Instrumented, 'server' | 'recorder'>,
  update: () => Promise<unknown>,
): Promise<RecordedEvent['attributes']> {
  const before = diagnosed(shop).length;
  const unlock = await lockRow(shop);
  const query = update();
  try {
    await pollUntil(async () => diagnosed(shop).length > before);
  } finally {
    await unlock();
    await query;
  }
  return diagnosed(shop)[before]?.attributes ?? {};
}
