// neon(): what goes wrong on the way, at the endpoint and in the database.
const net = require('node:net');
const { once } = require('node:events');
const { neon: driver, url, scene, log, logOutcome, withFault, withSettings } = require(
  process.env.NEON_STAGE,
);
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
    log(text, error, error instanceof NeonDbError, Object.keys(error));
  }
  await logOutcome('template', sql`SELECT * FROM missing WHERE n = ${1}`);
});

scene('with callers', async () => {
  async function repository() {
    return await sql`SELECT * FROM missing`;
  }
  async function service() {
    return await repository();
  }
  await logOutcome('awaited', service());
  async function batch() {
    return await sql.transaction([sql`SELECT * FROM missing`]);
  }
  await logOutcome('transaction', batch());
  async function asked() {
    return await sql.query('SELECT * FROM missing').then((rows) => rows);
  }
  await logOutcome('then', asked());
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
    await logOutcome(
      'query',
      withFault(fault, () => sql`SELECT 1 AS n`.then((rows) => rows)),
    );
    await logOutcome(
      'transaction',
      withFault(fault, () => sql.transaction([sql`SELECT 1 AS n`])),
    );
    await logOutcome('the next', sql`SELECT 1 AS n`);
  });
}

const caught = (query) => query.catch((error) => ({ error, source: error.sourceError }));

scene('aborted', async () => {
  const abortable = (signal) => neon(url, { fetchOptions: { signal } });
  const controller = new AbortController();
  const slow = abortable(controller.signal)`SELECT pg_sleep(10)`.catch((error) => error);
  setTimeout(() => controller.abort(), 30);
  const error = await slow;
  log('controller', error, error.sourceError?.name, error.sourceError instanceof DOMException);
  await logOutcome('before', abortable(AbortSignal.abort())`SELECT 1`);
  log('timeout', (await caught(abortable(AbortSignal.timeout(30))`SELECT pg_sleep(10)`)).source?.name);
  await logOutcome('a text', abortable(AbortSignal.abort('enough'))`SELECT 1`);
  await logOutcome('an error', abortable(AbortSignal.abort(new RangeError('enough')))`SELECT 1`);
  await logOutcome('undefined', abortable(AbortSignal.abort(undefined))`SELECT 1`);
  const bound = abortable(AbortSignal.timeout(30));
  log('transaction', (await caught(bound.transaction([bound`SELECT pg_sleep(10)`]))).source?.name);
  const late = new AbortController();
  const abortAtTheBody = async (...args) => {
    const response = await fetch(...args);
    setImmediate(() => late.abort());
    return response;
  };
  await withSettings({ fetchFunction: abortAtTheBody }, async () => {
    const query = withFault('slow-body:600000', () => abortable(late.signal)`SELECT 1`);
    log('in the body', await query.catch((error) => error));
  });
});

scene('no server', async () => {
  const server = net.createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  for (const fetchEndpoint of [`http://127.0.0.1:${port}/sql`, 'http://no-such-host.invalid/sql', 'no url']) {
    await withSettings({ fetchEndpoint }, async () => {
      const { error, source } = await caught(sql`SELECT 1`);
      log('error', String(error).replace(port, 'port'), error instanceof NeonDbError, Object.keys(error));
      log('source', source?.name, source?.message, source?.cause?.code);
    });
  }
});

scene('a wrong password', async () => {
  const wrong = neon(url.replace(/:[^:/@]+@/, ':wrong@'));
  await logOutcome('query', wrong`SELECT 1`);
  await logOutcome('transaction', wrong.transaction([wrong`SELECT 1`]));
});
