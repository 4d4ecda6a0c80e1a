import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type PostgresServer, repository, startPostgres } from '@pg-otel/testkit';

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

/** Runs a program with `pg` and this package in a separate process, until it ends by itself. */
async function run(program: string): Promise<{ output: string; code: number | null }> {
  const source = `
    const { Pool } = require('pg');
    const { managePool, poolManager } = require('@pg-otel/pool');
    const connectionString = ${JSON.stringify(postgres.url)};
    const sleep = (millis) => new Promise((resolve) => setTimeout(resolve, millis));
    (async () => { ${program} })();`;
  const child = spawn(process.execPath, ['--expose-gc', '-e', source], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { output: output.trim(), code };
}

it('a process with an idle managed pool ends when its idle connections are closed', async () => {
  const { output, code } = await run(`
    const pool = managePool(new Pool({ connectionString, idleTimeoutMillis: 300 }), { retry: true });
    await pool.query('SELECT 1');
    pool.on('remove', () => setImmediate(() => console.log(process.getActiveResourcesInfo().filter((name) => name !== 'Immediate' && !name.startsWith('Pipe') && !name.startsWith('TTY')))));`);
  expect({ output, code }).toEqual({ output: '[]', code: 0 });
});

it('a process with an idle pool that allows it ends at once, also during a check', async () => {
  const { output, code } = await run(`
    const pool = managePool(new Pool({ connectionString, allowExitOnIdle: true, idleTimeoutMillis: 0 }));
    await pool.query('SELECT 1');
    poolManager(pool).checkNow().then(() => {});
    process.on('exit', () => console.log(pool.totalCount));`);
  expect({ output, code }).toEqual({ output: '1', code: 0 });
});

it('end() ends the management, and leaves no timer and no listener', async () => {
  const { output, code } = await run(`
    const pool = managePool(new Pool({ connectionString }), { retry: true });
    const manager = poolManager(pool);
    await pool.query('SELECT 1');
    await manager.checkNow();
    await pool.end();
    while (poolManager(pool) !== undefined) await sleep(20);
    console.log(JSON.stringify([
      pool.eventNames(),
      Object.getOwnPropertyNames(pool).filter((name) => ['query', 'connect', 'end'].includes(name)),
      process.getActiveResourcesInfo().filter((name) => name === 'Timeout'),
      manager.health.state,
    ]));`);
  expect(JSON.parse(output)).toEqual([[], [], [], 'up']);
  expect(code).toBe(0);
});

it('a process ends with its pool while a request waits for its next attempt', async () => {
  const { output, code } = await run(`
    Math.random = () => 0.9;
    const retry = { initialDelayMillis: 1e6, maxDelayMillis: 1e6, deadlineMillis: 1e7 };
    const pool = managePool(new Pool({ host: '127.0.0.1', port: 1 }), { retry });
    const request = pool.query('SELECT 1').catch((error) => console.log(error.message));
    while (poolManager(pool).statistics.retriedAttempts === 0) await sleep(20);
    await pool.end();
    await request;`);
  expect({ output, code }).toEqual({ output: 'Cannot use a pool after calling end on the pool', code: 0 });
});

it('a pool that is dropped is garbage-collected with its manager', async () => {
  const { output, code } = await run(`
    const weak = await (async () => {
      const pool = managePool(new Pool({ connectionString, idleTimeoutMillis: 1 }), { retry: true });
      const closed = new Promise((resolve) => pool.once('remove', resolve));
      await pool.query('SELECT 1');
      await closed;
      return [new WeakRef(pool), new WeakRef(poolManager(pool))];
    })();
    for (let i = 0; i < 100 && weak.some((one) => one.deref() !== undefined); i++) {
      await sleep(20);
      gc();
    }
    console.log(weak.map((one) => one.deref() === undefined));`);
  expect({ output, code }).toEqual({ output: '[ true, true ]', code: 0 });
});

it('two calls for one pool, or for a proxy of it, are one manager', async () => {
  const { output } = await run(`
    const pool = new Pool({ connectionString });
    const proxy = new Proxy(pool, {});
    const derived = Object.create(pool);
    console.log(
      managePool(pool) === pool,
      managePool(proxy) === proxy,
      managePool(derived) === derived,
      new Set([pool, proxy, derived].map(poolManager)).size,
      ['connect', 'acquire', 'release', 'remove', 'error'].map((name) => pool.listenerCount(name)).join(),
    );
    await pool.end();`);
  expect(output).toBe('true true true 1 1,1,1,1,0');
});

it('stop() gives the pool back as it was', async () => {
  const { output } = await run(`
    const pool = new Pool({ connectionString, max: 4 });
    const before = JSON.stringify([Reflect.ownKeys(pool).map(String), pool.eventNames(), pool.options]);
    managePool(pool, { max: 2, retry: true });
    const manager = poolManager(pool);
    while (pool.options.max !== 2) await sleep(20);
    manager.stop();
    console.log(JSON.stringify([Reflect.ownKeys(pool).map(String), pool.eventNames(), pool.options]) === before);
    console.log(poolManager(pool), manager.history[0].reason);
    await pool.query('SELECT 1');
    await pool.end();`);
  expect(output).toBe('true\nundefined bounds');
});
