import { onePerMajorVersion } from '@pg-otel/testkit';
import { type Driver, play } from './postgres-js';

const PROGRAM = `
  const postgres = require('postgres');
  const { PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD } = process.env;
  const url = \`postgres://\${PGUSER}:\${PGPASSWORD}@\${PGHOST}:\${PGPORT}/\${PGDATABASE}\`;
  const sql = postgres(url, { max: 1, onnotice() {} });
  const kept = { queries: [], results: [], instances: [] };
  const keep = (kind, object) => kept[kind].push(new WeakRef(object));

  async function use() {
    for (let turn = 0; turn < 20; turn += 1) {
      const queries = [sql\`SELECT \${turn}::int\`, sql.unsafe('SELECT 1'), sql\`SELECT * FROM missing\`];
      for (const query of queries) {
        keep('queries', query);
        await query.then((result) => keep('results', result), () => {});
      }
      for await (const batch of sql\`SELECT generate_series(1, 3)\`.cursor(2)) keep('results', batch);
      const reserved = await sql.reserve();
      keep('instances', reserved);
      keep('results', await reserved\`SELECT 1\`);
      reserved.release();
      await sql.begin((tx) => {
        keep('instances', tx);
        return tx\`SELECT 1\`;
      });
    }
    const ended = postgres(url, { max: 1 });
    keep('instances', ended);
    await ended\`SELECT 1\`;
    await ended.end();
  }
  (async () => {
    await use();
    // The driver keeps the last ones.
    await sql\`SELECT 1\`;
    const alive = (kind) => kept[kind].filter((reference) => reference.deref() !== undefined).length;
    for (let turn = 0; turn < 50; turn += 1) {
      gc();
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (Object.keys(kept).every((kind) => alive(kind) <= 4)) break;
    }
    console.log(Object.keys(kept).map((kind) => alive(kind) <= 4 ? kind + ' are free' : kind + ': ' + alive(kind)).join(', '));
    await sql.end();
  })();
`;

const INSTANCES = 10_000;

/** Its connections are refused, so that it takes seconds. */
const AN_INSTANCE_PER_REQUEST = `
  const { channel } = require('node:diagnostics_channel');
  const postgres = require('postgres');
  const instances = [];
  async function request() {
    const sql = postgres('postgres://shop@127.0.0.1:1/shop', { max: 1 });
    instances.push(new WeakRef(sql));
    await sql\`SELECT 1\`.catch(() => {});
    await sql.end();
  }
  (async () => {
    for (let turn = 0; turn < ${INSTANCES / 10}; turn += 1) await Promise.all(Array.from({ length: 10 }, request));
    let alive;
    // The driver keeps the last ones.
    for (let turn = 0; turn < 50; turn += 1) {
      gc();
      await new Promise((resolve) => setTimeout(resolve, 20));
      alive = instances.filter((instance) => instance.deref() !== undefined).length;
      if (alive <= 20) break;
    }
    const figures = { pools: [], running: [] };
    channel('pg-otel:collect').publish(figures);
    console.log(alive <= 20 ? 'instances are free' : alive + ' instances', figures.pools.length + ' pools');
  })();
`;

/** Nothing is collected at the end of a turn only. */
const IN_ONE_TURN = `
  const postgres = require('postgres');
  const create = (count) => {
    for (let turn = 0; turn < count; turn += 1) postgres('postgres://shop@127.0.0.1:1/shop', { max: 1 });
  };
  const kilobytes = () => {
    gc();
    return process.memoryUsage().heapUsed / 1000;
  };
  create(100);
  const before = kilobytes();
  create(2000);
  const each = (kilobytes() - before) / 2000;
  console.log(each < 1 ? 'instances are free' : each + ' kB for each instance');
`;

describe('Postgres.js', () => {
  it.each(onePerMajorVersion().map((driver): [string, Driver] => [String(driver), driver]))(
    'keeps nothing of instances that are created and dropped in one turn of the event loop, on %s',
    async (_, driver) => {
      const run = (nodeArgs: readonly string[]) =>
        play(driver, { source: IN_ONE_TURN, nodeArgs: ['--expose-gc', ...nodeArgs] });
      expect(await run([])).toMatchObject({ stdout: 'instances are free\n' });
      expect(await run(['--import', 'pg-otel/register'])).toMatchObject({ stdout: 'instances are free\n' });
    },
  );

  it.each(onePerMajorVersion().map((driver): [string, Driver] => [String(driver), driver]))(
    'keeps nothing of 10,000 instances, one for each request, on %s',
    async (_, driver) => {
      const nodeArgs = ['--expose-gc', '--import', 'pg-otel/register'];
      const result = await play(driver, { source: AN_INSTANCE_PER_REQUEST, nodeArgs });
      expect(result).toMatchObject({ stdout: 'instances are free 0 pools\n' });
    },
  );

  it.each(onePerMajorVersion().map((driver): [string, Driver] => [String(driver), driver]))(
    'keeps no query, result or instance of the application alive, on %s',
    async (_, driver) => {
      const run = (nodeArgs: readonly string[]) =>
        play(driver, { source: PROGRAM, nodeArgs: ['--expose-gc', ...nodeArgs] });
      const expected = { stdout: 'queries are free, results are free, instances are free\n' };
      expect(await run([])).toMatchObject(expected);
      expect(await run(['--import', 'pg-otel/register'])).toMatchObject(expected);
    },
  );
});
