// Every form of a statement that the driver `postgres` has, each in a span of its name.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { trace } from '@opentelemetry/api';

const postgres =
  process.env.BUILD === 'ESM'
    ? (await import('postgres')).default
    : createRequire(import.meta.url)('postgres');
const tracer = trace.getTracer('story');

/** Does something in a span of that name; it may fail. */
const step = (name, work) =>
  tracer.startActiveSpan(name, async (span) => {
    try {
      await work();
    } catch (error) {
      console.log(name, error.code ?? error.message);
    } finally {
      span.end();
    }
  });

const numbers = (of, count) => of`SELECT generate_series(1, ${count}::int) AS n`;
const onnotice = () => {};
const sql = postgres({ max: 2, onnotice });
const one = postgres({ max: 1, onnotice, publications: 'story' });

await step('create', () => sql`CREATE TABLE people (id int PRIMARY KEY, name text)`);
await step('insert', () => sql`INSERT INTO people ${sql([{ id: 1, name: 'Ada' }])}`);
await step('fragments', () => sql`SELECT name FROM people ${sql`WHERE id = ${1}`} ORDER BY ${sql('name')}`);
await step('prepared', async () => {
  for (const id of [1, 2, 3]) await sql`SELECT name FROM people WHERE id = ${id}`;
});
await step('literal', () => sql`SELECT 'secret', 42`);
await step('unsafe', () => sql.unsafe('SELECT $1::int', [1]));
await step('several statements', () => sql.unsafe('SELECT 1; SELECT 2'));
await step('simple', () => sql`SELECT 3`.simple());
await step('file', async () => {
  writeFileSync('story.sql', 'SELECT $1::int AS of_file');
  await sql.file('story.sql', [1]);
});
await step('raw', () => sql`SELECT 1 AS raw`.raw());
await step('values', () => sql`SELECT 1 AS values_`.values());
await step('for each', () => numbers(sql, 3).forEach(() => {}));
await step('execute', () => sql`SELECT 1 AS executed`.execute());
await step('never awaited', () => void sql`SELECT 'never'`);
await step('cursor', () => numbers(sql, 3).cursor(1, () => {}));
await step('cursor closed', () => numbers(sql, 3).cursor(1, () => sql.CLOSE));
await step('iterator', async () => {
  for await (const _ of numbers(sql, 3).cursor(2));
});
await step('iterator left', async () => {
  for await (const _ of numbers(sql, 3).cursor(1)) break;
});
await step('copy in', async () => {
  await pipeline(Readable.from(['2\tGrace\n']), await sql`COPY people FROM STDIN`.writable());
});
await step('copy out', async () => {
  for await (const _ of await sql`COPY people TO STDOUT`.readable());
});
await step('transaction', () =>
  sql.begin('READ WRITE', async (tx) => {
    await tx`UPDATE people SET name = ${'Ada L.'} WHERE id = ${1}`;
    await tx.savepoint((inner) => inner`SELECT 1 AS inner`);
  }),
);
await step('transaction rolled back', () =>
  sql.begin(async (tx) => {
    await tx.savepoint('named', (inner) => inner`SELECT * FROM missing_in_savepoint`).catch(() => {});
    throw new Error('changed my mind');
  }),
);
await step('prepared transaction', async () => {
  await sql.begin(async (tx) => {
    await tx`SELECT 1 AS prepared`;
    tx.prepare('story');
  });
  await sql.unsafe(`ROLLBACK PREPARED 'story'`);
});
await step('reserved', async () => {
  const reserved = await sql.reserve();
  await reserved`SELECT 1 AS reserved`;
  await reserved.unsafe('SELECT 2 AS reserved');
  reserved.release();
});
await step('large object', async () => {
  const object = await sql.largeObject();
  await object.write(Buffer.from('hello'));
  await object.size();
  await object.close();
});
await step('listen', async () => {
  const { unlisten } = await sql.listen('news', () => {});
  await sql.notify('news', 'hello');
  await unlisten();
});
await step('violate', () => sql`INSERT INTO people VALUES (${1}, ${'Ada'})`);
await step('divide', () => sql`SELECT 1 / ${0}::int`);
await step('burst', () => Promise.all(Array.from({ length: 20 }, (_, n) => sql`SELECT ${n}::int AS burst`)));
await step('prepared again', async () => {
  await one`SELECT ${1}::int AS again`;
  await one`DEALLOCATE ALL`;
  await one`SELECT ${1}::int AS again`;
});
await step('subscribe', async () => {
  await one`CREATE PUBLICATION story FOR TABLE people`;
  const { unsubscribe } = await one.subscribe('*', () => {});
  await unsubscribe();
});
await step('drop', () => sql.unsafe('DROP PUBLICATION story; DROP TABLE people'));
await step('end', () => Promise.all([sql.end(), one.end()]));
await globalThis.sdk.shutdown();
