// neon(): what goes wrong on the way, at the endpoint and in the database.
const net = require('node:net');
const { once } = require('node:events');
const { neon: driver, url, scene, tell, told, withFault, withSettings } = require(process.env.NEON_STAGE);
const { neon, NeonDbError } = driver;

const sql = neon(url);

scene('in the database', async () => {
  for (const text of [
    'SELECT * FROM missing',
    'SELECT',
    'SELECT 1 / 0',
    'INSERT INTO items VALUES (1)',
    'SELECT no_such_function()',
    "SELECT 'x'::int",
  ]) {
    const error = await sql.query(text).catch((error) => error);
    tell(text, error, error instanceof NeonDbError, Object.keys(error));
  }
  await told('template', sql`SELECT * FROM missing WHERE n = ${1}`);
});

scene('with callers', async () => {
  async function repository() {
    return await sql`SELECT * FROM missing`;
  }
  async function service() {
    return await repository();
  }
  await told('awaited', service());
  async function batch() {
    return await sql.transaction([sql`SELECT * FROM missing`]);
  }
  await told('transaction', batch());
  async function asked() {
    return await sql.query('SELECT * FROM missing').then((rows) => rows);
  }
  await told('then', asked());
});

for (const fault of [
  'status:429',
  'status:500',
  'status:400',
  'reset',
  'non-json',
  'early-close',
  'delay:50',
  'slow-body:50',
]) {
  scene(fault, async () => {
    await told(
      'query',
      withFault(fault, () => sql`SELECT 1 AS n`.then((rows) => rows)),
    );
    await told(
      'transaction',
      withFault(fault, () => sql.transaction([sql`SELECT 1 AS n`])),
    );
    await told('the next', sql`SELECT 1 AS n`);
  });
}

const caught = (query) => query.catch((error) => ({ error, source: error.sourceError }));

scene('aborted', async () => {
  const abortable = (signal) => neon(url, { fetchOptions: { signal } });
  const controller = new AbortController();
  const slow = abortable(controller.signal)`SELECT pg_sleep(10)`.catch((error) => error);
  setTimeout(() => controller.abort(), 30);
  const error = await slow;
  tell('controller', error, error.sourceError?.name, error.sourceError instanceof DOMException);
  await told('before', abortable(AbortSignal.abort())`SELECT 1`);
  tell('timeout', (await caught(abortable(AbortSignal.timeout(30))`SELECT pg_sleep(10)`)).source?.name);
  await told('a text', abortable(AbortSignal.abort('enough'))`SELECT 1`);
  await told('an error', abortable(AbortSignal.abort(new RangeError('enough')))`SELECT 1`);
  await told('undefined', abortable(AbortSignal.abort(undefined))`SELECT 1`);
  const bound = abortable(AbortSignal.timeout(30));
  tell('transaction', (await caught(bound.transaction([bound`SELECT pg_sleep(10)`]))).source?.name);
  const late = new AbortController();
  const abortAtTheBody = async (...args) => {
    const response = await fetch(...args);
    setImmediate(() => late.abort());
    return response;
  };
  await withSettings({ fetchFunction: abortAtTheBody }, async () => {
    const query = withFault('slow-body:600000', () => abortable(late.signal)`SELECT 1`);
    tell('in the body', await query.catch((error) => error));
  });
});

scene('nobody there', async () => {
  const server = net.createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  for (const fetchEndpoint of [`http://127.0.0.1:${port}/sql`, 'http://no-such-host.invalid/sql', 'no url']) {
    await withSettings({ fetchEndpoint }, async () => {
      const { error, source } = await caught(sql`SELECT 1`);
      tell('error', String(error).replace(port, 'port'), error instanceof NeonDbError, Object.keys(error));
      tell('source', source?.name, source?.message, source?.cause?.code);
    });
  }
});

scene('a wrong password', async () => {
  const wrong = neon(url.replace(/:[^:/@]+@/, ':wrong@'));
  await told('query', wrong`SELECT 1`);
  await told('transaction', wrong.transaction([wrong`SELECT 1`]));
});
