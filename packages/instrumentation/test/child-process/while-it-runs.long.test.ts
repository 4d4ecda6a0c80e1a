import {
  type CapturedLog,
  exportTo,
  type OtlpCapture,
  type PostgresServer,
  type RunningFixture,
  runtimes,
  startFixture,
  startOtlpCapture,
  startPostgres,
  titled,
} from '@pg-otel/testkit';

/** Running operations are reported in processes with the real hooks and SDKs, without any sampled trace. */

let postgres: PostgresServer;
let capture: OtlpCapture;

beforeAll(async () => {
  const settings = { database: 'shop', settings: { max_connections: '120' } };
  [postgres, capture] = await Promise.all([startPostgres(settings), startOtlpCapture()]);
});
beforeEach(() => capture.clear());
afterAll(() => Promise.all([postgres.stop(), capture.stop()]));

const SLOW = 'pg_otel.operation.slow';
const ENDED = 'pg_otel.operation.ended';
const HELD = 'pg_otel.connection.held';

const events = (name: string, of: Readonly<Record<string, unknown>> = {}): CapturedLog[] =>
  capture
    .logs()
    .filter(
      ({ eventName, attributes }) =>
        eventName === name &&
        Object.entries(of).every(([key, value]) => attributes[`pg_otel.operation.${key}`] === value),
    );
const sum = (records: readonly CapturedLog[], name: string, usual = 0): number =>
  records.reduce(
    (total, { attributes }) => total + Number(attributes[`pg_otel.operation.${name}`] ?? usual),
    0,
  );

/** The distribution, and an application's bootstrap file with the SDK's batches. */
const DOORS = {
  'the distribution': "require('pg-otel/register');",
  'an existing NodeSDK': `
    const { NodeSDK } = require('@opentelemetry/sdk-node');
    const { PostgresInstrumentation } = require('@pg-otel/instrumentation');
    const sdk = new NodeSDK({ instrumentations: [new PostgresInstrumentation()] });
    sdk.start();`,
};

/**
 * For the programs: after `closeGate()` a statement that selects `AT_GATE` runs until the test sends SIGUSR2. How long
 * that is does not depend on the machine.
 */
const GATE = `
  const closeGate = async () => {
    const keeper = new pg.Client();
    await keeper.connect();
    await keeper.query('SELECT pg_advisory_lock(1)');
    process.once('SIGUSR2', () => keeper.end());
  };
  const AT_GATE = 'pg_advisory_lock_shared(1)';`;

describe.each(titled(runtimes()))('on %s', (_, { installation, node }) => {
  function start(
    body: string,
    {
      door = DOORS['the distribution'],
      env = {},
      nodeArgs = [],
    }: { door?: string; env?: Readonly<Record<string, string>>; nodeArgs?: readonly string[] } = {},
  ): RunningFixture {
    return startFixture({
      installation,
      node,
      type: 'commonjs',
      nodeArgs,
      env: { ...exportTo(capture, postgres), OTEL_TRACES_SAMPLER: 'always_off', ...env },
      source: `
        ${door}
        const pg = require('pg');
        const { setTimeout: sleep } = require('node:timers/promises');
        const block = (milliseconds) => {
          const end = performance.now() + milliseconds;
          while (performance.now() < end);
        };
        ${GATE}
        async function main() {${body}}
        main();`,
    });
  }

  /** Waits for a successful end, and returns the output. */
  async function end(fixture: RunningFixture): Promise<string> {
    const { stdout, stderr, code } = await fixture.ended;
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    return stdout;
  }

  it.each(Object.entries(DOORS))(
    'a slow query is reported at each limit before it ends, again, and at its end, with %s',
    async (_, door) => {
      const fixture = start(
        `await closeGate();
       const client = new pg.Client();
       await client.connect();
       await client.query(\`SELECT \${AT_GATE} FROM pg_database LIMIT 1\`);
       await client.end();
       await globalThis.sdk?.shutdown();`,
        { door: door.replace('const sdk', 'globalThis.sdk'), env: { PG_OTEL_REPEAT_INTERVAL: '2' } },
      );
      // Operations that are slow because the machine is busy have other summaries.
      const atGate = (name: string, limit?: number) =>
        events(name, limit === undefined ? {} : { limit }).filter(
          ({ attributes }) => attributes['db.query.summary'] === 'SELECT pg_database',
        );
      await capture.waitFor(() => atGate(SLOW, 1).length > 2 && atGate(SLOW, 5).length > 0);
      expect(atGate(ENDED)).toEqual([]);
      fixture.kill('SIGUSR2');
      await end(fixture);

      const warnings = atGate(SLOW, 1);
      const crossings = warnings.map(({ attributes }) => attributes['pg_otel.operation.crossings']);
      expect(crossings.slice(0, 3)).toEqual([1, 0, 0]);
      expect(sum(warnings, 'crossings')).toBe(1);
      for (const { attributes, traceId, severityText } of [...warnings, ...atGate(SLOW, 5)]) {
        expect(traceId).toMatch(/^[0-9a-f]{32}$/);
        expect(severityText).toBe('WARN');
        const { 'pg_otel.operation.elapsed': elapsed, 'pg_otel.operation.limit': limit } = attributes;
        expect(elapsed).toBeGreaterThanOrEqual(limit as number);
      }
      expect(atGate(ENDED)).toMatchObject([
        { severityText: 'INFO', attributes: { 'pg_otel.operation.limit': 5 } },
      ]);
      expect(capture.spans()).toEqual([]);
    },
  );

  /** The summaries of the queries that hang. */
  const HANGING = new Set(['SELECT a', 'SELECT b', 'SELECT c']);
  const summaries = (records: readonly CapturedLog[]) =>
    records.map(({ attributes }) => attributes['db.query.summary'] as string);
  const atGate = (...of: Parameters<typeof events>) =>
    events(...of).filter(({ attributes }) => HANGING.has(attributes['db.query.summary'] as string));

  it('ten thousand callers that hang make a handful of events, with correct counts, without memory growth', async () => {
    const fixture = start(
      `await closeGate();
         const pool = new pg.Pool({ max: 50 });
         pool.on('connect', (client) => client.setMaxListeners(0));
         await pool.query('CREATE TABLE a (); CREATE TABLE b (); CREATE TABLE c (); CREATE TABLE d ()').catch(() => {});
         await Promise.all(Array.from({ length: 50 }, () => pool.query('SELECT 1')));
         const began = performance.now();
         const queries = [];
         for (let index = 0; index < 10000; index += 1) {
           const table = 'abc'[index % 3];
           const text = index < 50 ? \`SELECT \${AT_GATE}, count(*) FROM \${table}\` : 'SELECT count(*) FROM d';
           queries.push(pool.query(text));
         }
         const used = () => {
           globalThis.gc();
           return process.memoryUsage().heapUsed;
         };
         await sleep(2500);
         const before = used();
         await sleep(5000);
         console.log(used() - before);
         await Promise.all(queries);
         console.log((performance.now() - began) / 1000);
         await pool.query('DROP TABLE a; DROP TABLE b; DROP TABLE c; DROP TABLE d');
         await pool.end();`,
      { nodeArgs: ['--expose-gc'], env: { PG_OTEL_REPEAT_INTERVAL: '2' } },
    );
    await fixture.waitForOutput('\n');
    await capture.waitFor(() => sum(events(SLOW, { kind: 'acquire', limit: 5 }), 'crossings') === 9950);
    fixture.kill('SIGUSR2');
    const [growth = Number.NaN, seconds = Number.NaN] = (await end(fixture)).split('\n').map(Number);
    expect(growth).toBeLessThan(2 ** 20);

    for (const limit of [1, 5]) {
      expect(sum(events(SLOW, { kind: 'acquire', limit }), 'crossings')).toBe(9950);
      expect(sum(atGate(SLOW, { kind: 'query', limit }), 'crossings')).toBe(50);
      expect(new Set(summaries(atGate(SLOW, { limit })))).toEqual(HANGING);
      const running = events(SLOW, { kind: 'acquire', limit }).map(
        ({ attributes }) => attributes['pg_otel.operation.running'],
      );
      expect(Math.max(...(running as number[]))).toBe(9950);
    }
    // One for each summary and the pool, at each limit, repeated every two seconds, and once more when they end.
    expect(atGate(SLOW).length + events(SLOW, { kind: 'acquire' }).length).toBeLessThan(
      4 * 2 * (seconds / 2 + 3),
    );
    expect(sum(events(ENDED, { kind: 'acquire' }), 'count', 1)).toBe(9950);
    expect(sum(atGate(ENDED, { kind: 'query' }), 'count', 1)).toBe(50);
    // Twenty a second for each limit, and some at the end.
    expect(events(ENDED).length).toBeLessThan(2 * 20 * (seconds + 2));
  });

  const QUICK = `
    const pool = new pg.Pool({ max: 10 });
    const all = (text) => Promise.all(Array.from({ length: 10 }, () => pool.query(text)));
    await all('SELECT 1');`;
  /** Seconds; far more than any of their statements takes, and less than they are blocked. */
  const BLOCKED = { env: { PG_OTEL_SLOW_AFTER: '3' } };

  it('a blocked event loop makes nothing slow', async () => {
    await end(
      start(
        `${QUICK}
        const queries = all('SELECT 1');
        block(4000);
        await queries;
        const [first, ...others] = Array.from({ length: 10 }, () => pool.query('SELECT pg_sleep(0.1)'));
        await first.then(() => block(4000));
        await Promise.all(others);
        await sleep(1000);
        await pool.end();`,
        BLOCKED,
      ),
    );
    expect(capture.logs()).toEqual([]);
  });

  it('a frozen process makes nothing slow', async () => {
    const fixture = start(
      `${QUICK}
      const queries = all('SELECT pg_sleep(0.5)');
      const waiting = pool.query('SELECT 1');
      console.log('under way');
      await Promise.all([queries, waiting]);
      await sleep(1000);
      await pool.end();`,
      BLOCKED,
    );
    await fixture.waitForOutput('under way');
    fixture.kill('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 4000));
    fixture.kill('SIGCONT');
    await end(fixture);
    expect(capture.logs()).toEqual([]);
  });

  it('a request’s async storage is collected, although a timer was started inside it', async () => {
    const output = await end(
      start(
        `const { AsyncLocalStorage } = require('node:async_hooks');
         const requests = new AsyncLocalStorage();
         const [client, hanging] = [new pg.Client(), new pg.Client()];
         await Promise.all([client.connect(), hanging.connect()]);
         await sleep(300);
         const request = async () => {
           const store = { request: 'large' };
           await requests.run(store, () => client.query('SELECT 1'));
           return new WeakRef(store);
         };
         const kept = await request();
         // The timer that was started above keeps running for this query.
         const slow = hanging.query('SELECT pg_sleep(3)');
         for (let turn = 0; turn < 20; turn += 1) {
           await sleep(50);
           globalThis.gc();
         }
         console.log(kept.deref() === undefined ? 'collected' : 'kept');
         await slow;
         await Promise.all([client.end(), hanging.end()]);`,
        { nodeArgs: ['--expose-gc'] },
      ),
    );
    expect(output).toBe('collected\n');
    expect(events(SLOW, { kind: 'query', limit: 1 })).toHaveLength(1);
  });

  it('a query on a client that was dropped before it connected is not reported after the client was collected', async () => {
    const output = await end(
      start(
        `const clients = [new pg.Client()];
         void clients[0].query('SELECT 1').catch(() => {});
         const alive = setInterval(() => {}, 1000);
         await new Promise((reported) => require('node:diagnostics_channel').subscribe('pg-otel:event', reported));
         clearInterval(alive);
         clients.pop();
         for (let turn = 0; turn < 10; turn += 1) {
           await sleep(50);
           globalThis.gc();
         }
         console.log(Date.now());
         await sleep(3000);`,
        { nodeArgs: ['--expose-gc'], env: { PG_OTEL_REPEAT_INTERVAL: '1', PG_OTEL_SLOW_AFTER: '1' } },
      ),
    );
    const collectedAt = BigInt(output.trim()) * 1_000_000n;
    expect(events(SLOW).length).toBeGreaterThan(0);
    expect(events(SLOW).filter(({ time }) => time > collectedAt)).toEqual([]);
  });

  it('a hanging query does not keep the process alive', async () => {
    const output = await end(
      start(`
        const client = new pg.Client();
        await client.connect();
        client.unref();
        client.query('SELECT pg_sleep(60)');
        await sleep(4000);
        console.log('over');`),
    );
    expect(output).toBe('over\n');
    expect(events(SLOW, { kind: 'query', limit: 1 })).toHaveLength(1);
  });

  it('a cursor whose consumer sleeps is not slow, but held', async () => {
    await end(
      start(
        `const Cursor = require('pg-cursor');
         const pool = new pg.Pool();
         const client = await pool.connect();
         const cursor = client.query(new Cursor('SELECT generate_series(1, 10)'));
         await cursor.read(1);
         await sleep(10000);
         await cursor.read(1);
         await cursor.close();
         client.release();
         await pool.end();`,
        { env: { PG_OTEL_HELD_AFTER: '4', PG_OTEL_SLOW_AFTER: '5' } },
      ),
    );
    expect(events(SLOW)).toEqual([]);
    expect(events(HELD)).toMatchObject([
      {
        attributes: {
          'db.client.connection.pool.name': 'shop',
          'pg_otel.connection.limit': 4,
          'pg_otel.connection.held_count': 1,
        },
      },
    ]);
  });

  it('a flood of the application’s log records displaces no event', async () => {
    const { stderr, code } = await start(
      `const { logs } = ${installation === 'otel-3' ? "require('@opentelemetry/api')" : "require('@opentelemetry/api-logs')"};
         const logger = logs.getLogger('application');
         const client = new pg.Client();
         await client.connect();
         for (let failure = 0; failure < 100; failure += 1) {
           for (let count = 0; count < 3000; count += 1) logger.emit({ body: 'flood' });
           await client.query('SELECT * FROM missing').catch(() => {});
           await sleep(50);
         }
         await client.end();`,
      { env: { OTEL_LOG_LEVEL: 'none' } },
    ).ended;
    expect({ stderr, code }).toEqual({ stderr: expect.stringContaining('[PG_OTEL_QUEUE_FULL]'), code: 0 });
    expect(sum(events('db.client.operation.exception'), 'count', 1)).toBe(100);
    expect(capture.logs().filter(({ body }) => body === 'flood').length).toBeGreaterThan(0);
  });
});
