import {
  exportTo,
  type OtlpCapture,
  onePerMajorVersion,
  type PostgresServer,
  runFixture,
  startOtlpCapture,
  startPostgres,
  titled,
} from '@pg-otel/testkit';

let postgres: PostgresServer;
let capture: OtlpCapture;

beforeAll(async () => {
  [postgres, capture] = await Promise.all([startPostgres(), startOtlpCapture()]);
});
afterAll(() => Promise.all([postgres.stop(), capture.stop()]));

/** Resolves with the kinds of the first answer in a process or thread. */
const DIAGNOSED = `
  const diagnosed = new Promise((resolve) => {
    require('node:diagnostics_channel').subscribe('pg-otel:event', ({ name, attributes }) => {
      if (name === 'pg_otel.operation.diagnosed') resolve(String(attributes['pg_otel.diagnosis.kinds']));
    });
  });`;

describe.each(titled(onePerMajorVersion()))('on %s', (_, { installation, node }) => {
  it('the process of a slow query ends at once, although its connection for questions is open', async () => {
    const { stdout, stderr, code } = await runFixture({
      installation,
      node,
      type: 'commonjs',
      nodeArgs: ['--require', 'pg-otel/register'],
      env: { ...exportTo(capture, postgres), PG_OTEL_SLOW_AFTER: '0.2' },
      source: `
        const pg = require('pg');
        const { setTimeout: sleep } = require('node:timers/promises');
        async function main() {
          const [keeper, client] = [new pg.Client(), new pg.Client()];
          await Promise.all([keeper.connect(), client.connect()]);
          const connections = async () => {
            const { rows } = await keeper.query(
              "SELECT state FROM pg_stat_activity WHERE application_name = 'pg-otel' AND query <> ''",
            );
            return rows.map(({ state }) => state);
          };
          await keeper.query('SELECT pg_advisory_lock(1)');
          const query = client.query('SELECT pg_advisory_lock_shared(1) FROM pg_database LIMIT 1');
          while ((await connections())[0] !== 'idle') await sleep(20);
          await keeper.query('SELECT pg_advisory_unlock(1)');
          await query;
          console.log('open', (await connections()).length);
          await Promise.all([keeper.end(), client.end()]);
          setTimeout(() => console.log('kept alive'), 20_000).unref();
        }
        main();`,
    });
    expect({ stdout, stderr, code }).toEqual({ stdout: 'open 1\n', stderr: '', code: 0 });
  });

  it('the span of a query has a link to the span of the caller that blocks it', async () => {
    const { stderr, code } = await runFixture({
      installation,
      node,
      type: 'commonjs',
      nodeArgs: ['--require', 'pg-otel/register'],
      env: { ...exportTo(capture, postgres), PG_OTEL_SLOW_AFTER: '0.2' },
      source: `
        const pg = require('pg');
        const { trace } = require('@opentelemetry/api');
        ${DIAGNOSED}
        async function main() {
          const pool = new pg.Pool();
          await pool.query('DROP TABLE IF EXISTS accounts; CREATE TABLE accounts AS SELECT 0 AS amount');
          const tracer = trace.getTracer('shop');
          const request = (name, run) => tracer.startActiveSpan(name, { root: true }, (span) => run().finally(() => span.end()));
          let deposit;
          await request('transfer', async () => {
            const holder = await pool.connect();
            await holder.query('BEGIN; UPDATE accounts SET amount = 1');
            deposit = request('deposit', () => pool.query('UPDATE accounts SET amount = 2'));
            await diagnosed;
            await holder.query('COMMIT');
            holder.release();
          });
          await deposit;
          await pool.end();
        }
        main();`,
    });
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    const [transfer, deposit] = ['transfer', 'deposit'].map((name) =>
      capture.spans().findLast((span) => span.name === name),
    );
    const update = capture
      .spans()
      .find(({ parentSpanId, links }) => parentSpanId === deposit?.spanId && links.length > 0);
    expect(update?.links).toEqual([{ traceId: transfer?.traceId, spanId: transfer?.spanId, attributes: {} }]);
  });

  it('each process and thread asks over its own connection, which ends with it', async () => {
    const { stdout, stderr, code } = await runFixture({
      installation,
      node,
      type: 'commonjs',
      nodeArgs: ['--require', 'pg-otel/register'],
      env: { ...exportTo(capture, postgres), PG_OTEL_SLOW_AFTER: '0.2' },
      source: `
        const cluster = require('node:cluster');
        const { fork } = require('node:child_process');
        const { once } = require('node:events');
        const { isMainThread, parentPort, Worker } = require('node:worker_threads');
        const pg = require('pg');
        const { setTimeout: sleep } = require('node:timers/promises');
        ${DIAGNOSED}
        async function wait(report) {
          const client = new pg.Client();
          await client.connect();
          const query = client.query('SELECT pg_advisory_lock_shared(1) FROM pg_database LIMIT 1');
          report(await diagnosed);
          await query;
          await client.end();
          process.disconnect?.();
        }
        async function main() {
          const keeper = new pg.Client();
          await keeper.connect();
          await keeper.query('SELECT pg_advisory_lock(1)');
          const children = [cluster.fork(), cluster.fork(), fork(__filename, ['child']), new Worker(__filename)];
          const ends = children.map((child) => once(child, 'exit'));
          const reasons = await Promise.all(children.map(async (child) => (await once(child, 'message'))[0]));
          const asking = async () => {
            const { rows } = await keeper.query("SELECT FROM pg_stat_activity WHERE application_name = 'pg-otel'");
            return rows.length;
          };
          console.log(reasons.join(), await asking());
          await keeper.query('SELECT pg_advisory_unlock(1)');
          await Promise.all(ends);
          while ((await asking()) > 0) await sleep(20);
          await keeper.end();
        }
        if (!isMainThread) wait((reason) => parentPort.postMessage(reason));
        else if (cluster.isWorker || process.argv[2] === 'child') wait((reason) => process.send(reason));
        else main();`,
    });
    expect({ stdout, stderr, code }).toEqual({ stdout: 'lock,lock,lock,lock 4\n', stderr: '', code: 0 });
  });
});
