import { format } from 'node:util';
import { DiagLogLevel, diag } from '@opentelemetry/api';
import { fuzz } from '@pg-otel/testkit';
import fc from 'fast-check';
import pg from 'pg';
import { type Instrumented, startInstrumented } from './instrumented';

let shop: Instrumented;
let client: pg.Client;
/** The messages of the diagnostic log and of process warnings. */
const logged: string[] = [];
const log = (...args: unknown[]) => void logged.push(format(...args));
const onWarning = ({ message }: Error) => log(message);

beforeAll(async () => {
  diag.setLogger({ error: log, warn: log, info: log, debug: log, verbose: log }, DiagLogLevel.ALL);
  process.on('warning', onWarning);
  shop = await startInstrumented();
  client = new pg.Client({ connectionString: shop.server.url });
  client.on('error', () => {});
  await client.connect();
  await client.query('CREATE TABLE people (id int PRIMARY KEY, name text, born date)');
});

afterAll(async () => {
  await client.end();
  await shop.stop();
  diag.disable();
  process.off('warning', onWarning);
});

/** User data that must appear nowhere. It is not part of a name, a number or a text of pg-otel. */
const secret = fc
  .array(fc.constantFrom(...'ghjkpqvwxyz'), { minLength: 8, maxLength: 12 })
  .map((letters) => `zq${letters.join('')}`);

/** Statements as applications write them, right and wrong, with the secret as data in each kind of place. */
const WAYS: ((secret: string) => pg.QueryConfig)[] = [
  (s) => ({ text: `SELECT * FROM people WHERE name = '${s}'` }),
  (s) => ({ text: `SELECT * FROM people WHERE name = E'\\'${s}' -- ${s}` }),
  (s) => ({ text: `SELECT * FROM people WHERE name = $${s}$ ${s} $${s}$` }),
  (s) => ({ text: `SELECT /* ${s} /* ${s} */ ${s} */ U&'${s}' UESCAPE '!', n'${s}', 'x'\n'${s}'` }),
  (s) => ({ text: `INSERT INTO people VALUES (1, '${s}', '2000-01-01'), (1, '${s}', NULL)` }),
  (s) => ({ text: `SELECT '${s}'::int` }),
  (s) => ({ text: `SELECT '${s}` }),
  (s) => ({ text: `SELEC '${s}'` }),
  (s) => ({ text: `SELECT 1; SELECT '${s}'; SELECT '${s}'::date` }),
  (s) => ({ text: 'SELECT * FROM people WHERE name = $1', values: [s] }),
  (s) => ({ text: 'SELECT $1::int', values: [s] }),
  (s) => ({ text: 'INSERT INTO people VALUES ($1, $2, $3)', values: [1, s, s] }),
  (s) => ({ name: `named-${s}`, text: 'SELECT $1::text', values: [s] }),
  (s) => ({ text: `DO $$ BEGIN RAISE EXCEPTION '${s}' USING DETAIL = '${s}', HINT = '${s}'; END $$` }),
  (s) => ({ text: `SET application_name = '${s}'` }),
  (s) => ({ text: `NOTIFY people, '${s}'` }),
  (s) => ({ text: `COMMENT ON TABLE people IS '${s}'` }),
];

it('no telemetry contains user data', async () => {
  await fc.assert(
    fc.asyncProperty(secret, fc.integer({ min: 0, max: WAYS.length - 1 }), async (data, way) => {
      shop.recorder.clear();
      await client.query((WAYS[way] as (typeof WAYS)[number])(data)).catch(() => {});
      const telemetry = JSON.stringify([
        shop.recorder.spans(),
        shop.recorder.events(),
        await shop.recorder.points(),
      ]);
      expect(telemetry).not.toContain(data);
      expect(logged.join('\n')).not.toContain(data);
    }),
    fuzz(200),
  );
});

it('the diagnostic log is among it', async () => {
  shop.configure({
    requestHook: () => {
      throw new Error('logged');
    },
  });
  await client.query('SELECT 1');
  expect(logged.join('\n')).toContain('logged');
});
