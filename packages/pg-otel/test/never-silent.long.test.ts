import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  exportTo,
  type FixtureResult,
  installationFolder,
  place,
  runFixture,
  runtimes,
  titled,
} from '@pg-otel/testkit';
import { capture, postgres } from '@pg-otel/testkit/stage';

const OURS = '@pg-otel/instrumentation';
const CONTRIB = '@opentelemetry/instrumentation-pg';

describe.each(titled(runtimes()))('on %s', (_, { installation, node }) => {
  const run = (
    source: string,
    nodeArgs: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ): Promise<FixtureResult> =>
    runFixture({
      installation,
      node,
      type: 'commonjs',
      nodeArgs,
      env: { ...exportTo(capture, postgres), ...env },
      source: `
          const { NodeSDK } = require('@opentelemetry/sdk-node');
          const { PostgresInstrumentation } = require('${OURS}');
          const { PgInstrumentation } = require('${CONTRIB}');
          async function main() {${source}}
          main();`,
    });

  /** The codes of our warnings in the output of a program, which contains nothing else. */
  function warnings({ stderr, code }: FixtureResult): string[] {
    expect(code).toBe(0);
    const lines = stderr.split('\n').filter((line) => line !== '' && !line.includes('--trace-warnings'));
    return lines.map((line) => line.match(/\[(PG_OTEL_\w+)\] PgOtelWarning/)?.[1] ?? line);
  }

  /** The spans of the queries `SELECT <n>`, as the names of the packages that made them. */
  const querySpans = () =>
    capture
      .spans()
      .filter(({ attributes }) => String(attributes['db.query.text']).startsWith('SELECT '))
      .map(({ scope }) => scope.name);

  const counts = () =>
    Object.fromEntries(
      capture
        .metrics()
        .filter(({ scope }) => scope.name === OURS)
        .map(({ name, points }) => [name, points.reduce((sum, { count = 0 }) => sum + count, 0)]),
    );

  describe('pg that was loaded before the instrumentation', () => {
    it('causes one warning, and is instrumented from then on', async () => {
      const result = await run(`
          const pg = require('pg');
          const pool = new pg.Pool();
          await pool.query('SELECT 1');
          const sdk = new NodeSDK({ instrumentations: [new PostgresInstrumentation()] });
          sdk.start();
          await pool.query('SELECT 2');
          await pool.query('SELECT 3');
          await sdk.shutdown();
          await pool.end();`);
      expect(warnings(result)).toEqual(['PG_OTEL_LOADED_LATE']);
      expect(querySpans()).toEqual([OURS, OURS]);
      expect(counts()).toMatchObject({
        'db.client.operation.duration': 2,
        'db.client.connection.wait_time': 2,
      });
    });
  });

  describe('a second instrumentation of pg', () => {
    const doubled = (instrumentations: string) => `
        ${instrumentations};
        const sdk = new NodeSDK({ instrumentations: [theirs, ours] });
        sdk.start();
        const pg = require('pg');
        const pool = new pg.Pool();
        await pool.query('SELECT 1');
        await pool.query('SELECT 2');`;
    const end = 'await sdk.shutdown(); await pool.end();';

    it.each([
      ['before', 'const theirs = new PgInstrumentation(), ours = new PostgresInstrumentation()'],
      ['after', 'const ours = new PostgresInstrumentation(), theirs = new PgInstrumentation()'],
    ])('that is registered %s ours replaces our spans, with one warning', async (_, instrumentations) => {
      const result = await run(doubled(instrumentations) + end);
      expect(warnings(result)).toEqual(['PG_OTEL_DOUBLED']);
      expect(result.stderr).toContain('OTEL_NODE_DISABLED_INSTRUMENTATIONS=pg');
      expect(querySpans()).toEqual([CONTRIB, CONTRIB]);
      expect(capture.spans().filter(({ scope }) => scope.name === OURS)).toEqual([]);
    });

    it.each([
      ['before', 'const theirs = new PgInstrumentation(), ours = new PostgresInstrumentation()'],
      ['after', 'const ours = new PostgresInstrumentation(), theirs = new PgInstrumentation()'],
    ])(
      'that is registered %s ours does not affect our metrics of pools and setups',
      async (_, instrumentations) => {
        await run(doubled(instrumentations) + end);
        expect(counts()).toMatchObject({
          'db.client.connection.create_time': 1,
          'db.client.connection.wait_time': 2,
          'db.client.connection.use_time': 2,
          'pg_otel.connection.setup.duration': 4,
        });
        expect(counts()).not.toHaveProperty('db.client.operation.duration');
        const limit = capture
          .metrics()
          .find(({ scope, name }) => scope.name === OURS && name === 'db.client.connection.limit');
        expect(limit?.points.map(({ value }) => value)).toEqual([10]);
      },
    );

    it.each([
      ['before', 'const theirs = new PgInstrumentation(), ours = new PostgresInstrumentation()'],
      ['after', 'const ours = new PostgresInstrumentation(), theirs = new PgInstrumentation()'],
    ])(
      'that is registered %s ours and disabled later gives the spans back to us',
      async (_, instrumentations) => {
        const result = await run(`${doubled(instrumentations)}
          theirs.disable();
          await pool.query('SELECT 3');
          ${end}`);
        expect(warnings(result)).toEqual(['PG_OTEL_DOUBLED']);
        expect(querySpans()).toEqual([CONTRIB, CONTRIB, OURS]);
      },
    );

    it.each([
      ['before', 'const theirs = new PgInstrumentation(), ours = new PostgresInstrumentation()'],
      ['after', 'const ours = new PostgresInstrumentation(), theirs = new PgInstrumentation()'],
    ])('that is registered %s ours does not affect our events', async (_, instrumentations) => {
      const result = await run(
        `
        let emitted = () => {};
        const seen = (name) => new Promise((resolve) => { emitted = (event) => event === name && resolve(); });
        const processor = {
          onEmit: ({ eventName }) => { console.log(eventName); emitted(eventName); },
          forceFlush: async () => {},
          shutdown: async () => {},
        };
        ${instrumentations};
        const sdk = new NodeSDK({ instrumentations: [theirs, ours], logRecordProcessors: [processor] });
        sdk.start();
        const pg = require('pg');
        const pool = new pg.Pool();
        const slow = seen('pg_otel.operation.slow');
        const query = pool.query('SELECT pg_sleep(600)').catch((error) => console.log(error.code));
        await slow;
        // On a busy machine, to open the connection is slow, too.
        const cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
        while ((await pool.query(cancel)).rowCount === 0);
        await query;
        const held = seen('pg_otel.connection.held');
        const client = await pool.connect();
        await held;
        client.release();
        ${end}`,
        [],
        { PG_OTEL_SLOW_AFTER: '0.2', PG_OTEL_HELD_AFTER: '0.2', PG_OTEL_REPEAT_INTERVAL: '3600' },
      );
      expect(warnings(result)).toEqual(['PG_OTEL_DOUBLED']);
      const lines = new Set(result.stdout.trim().split('\n'));
      // The query may end before the server has answered why it is slow.
      lines.delete('pg_otel.operation.diagnosed');
      expect([...lines].sort()).toEqual([
        '57014',
        'db.client.operation.exception',
        'pg_otel.connection.held',
        'pg_otel.operation.ended',
        'pg_otel.operation.slow',
      ]);
    });

    it('that is enabled later replaces our spans from then on', async () => {
      const result = await run(`
          const sdk = new NodeSDK({ instrumentations: [new PostgresInstrumentation()] });
          sdk.start();
          const theirs = new PgInstrumentation({ enabled: false });
          const pg = require('pg');
          const pool = new pg.Pool();
          await pool.query('SELECT 1');
          theirs.enable();
          delete require.cache[require.resolve('pg')];
          require('pg');
          await pool.query('SELECT 2');
          ${end}`);
      expect(warnings(result)).toEqual(['PG_OTEL_DOUBLED']);
      expect(querySpans()).toEqual([OURS, CONTRIB]);
    });
  });

  describe('a wrapper that makes no spans', () => {
    /** What the package \`shimmer\` does; OpenTelemetry's copy of it leaves the same marks. */
    const SHIMMER = `
        function wrap(object, name, wrapper) {
          const original = object[name];
          const wrapped = wrapper(original);
          const define = (on, key, value) =>
            Object.defineProperty(on, key, { configurable: true, enumerable: false, writable: true, value });
          define(wrapped, '__original', original);
          define(wrapped, '__unwrap', () => { if (object[name] === wrapped) define(object, name, original); });
          define(wrapped, '__wrapped', true);
          define(object, name, wrapped);
        }
        const logged = (original) => function (...args) { console.log('logged'); return original.apply(this, args); };`;
    const work = `
        const pool = new pg.Pool();
        await pool.query('SELECT 1');
        await pool.query('SELECT 2');`;
    const end = 'await sdk.shutdown(); await pool.end();';
    const started = (instrumentations: string) => `
        const sdk = new NodeSDK({ instrumentations: [${instrumentations}] });
        sdk.start();`;
    const shimmered = `wrap(pg.Client.prototype, 'query', logged);`;
    const assigned = 'pg.Client.prototype.query = logged(pg.Client.prototype.query);';

    it.each([
      ['shimmer', shimmered],
      ['assignment', assigned],
    ])('that wraps ours with %s does not affect our spans, and causes no warning', async (_, wrap) => {
      const result = await run(
        `${SHIMMER} ${started('new PostgresInstrumentation()')} const pg = require('pg'); ${wrap} ${work} ${end}`,
      );
      expect(warnings(result)).toEqual([]);
      expect(result.stdout).toBe('logged\nlogged\n');
      expect(querySpans()).toEqual([OURS, OURS]);
      expect(counts()).toMatchObject({ 'db.client.operation.duration': 2 });
    });

    it.each([
      ['shimmer', shimmered],
      ['assignment', assigned],
    ])('that was made before ours with %s does not affect our spans', async (_, wrap) => {
      const result = await run(
        `${SHIMMER} const pg = require('pg'); ${wrap} ${started('new PostgresInstrumentation()')} ${work} ${end}`,
      );
      expect(warnings(result)).toEqual(['PG_OTEL_LOADED_LATE']);
      expect(result.stdout).toBe('logged\nlogged\n');
      expect(querySpans()).toEqual([OURS, OURS]);
    });

    it('can be removed again, above ours and below it', async () => {
      const result = await run(`${SHIMMER}
          const pg = require('pg');
          ${shimmered}
          ${started('new PostgresInstrumentation()')}
          ${shimmered}
          const pool = new pg.Pool();
          await pool.query('SELECT 1');
          pg.Client.prototype.query.__unwrap();
          await pool.query('SELECT 2');
          pg.Client.prototype.query.__unwrap();
          await pool.query('SELECT 3');
          ${end}`);
      expect(result.stdout).toBe('logged\nlogged\nlogged\n');
      expect(querySpans()).toEqual([OURS, OURS, OURS]);
    });

    it('does not hide the standard instrumentation', async () => {
      const theirs = 'new PgInstrumentation()';
      const result = await run(
        `${SHIMMER} ${started(`new PostgresInstrumentation(), ${theirs}`)} const pg = require('pg');
         ${shimmered} ${shimmered} ${work} ${end}`,
      );
      expect(warnings(result)).toEqual(['PG_OTEL_DOUBLED']);
      expect(querySpans()).toEqual([CONTRIB, CONTRIB]);
    });
  });

  describe('an unknown driver', () => {
    const folders: string[] = [];
    afterEach(() => {
      for (const folder of folders.splice(0)) fs.rmSync(folder, { recursive: true });
    });

    /** A program's folder with a package of the name \`pg\` in its node_modules; returns the program. */
    function withPg(version: string | undefined, exports: string): string {
      const cache = path.join(installationFolder(installation), '.cache');
      fs.mkdirSync(cache, { recursive: true });
      const folder = fs.mkdtempSync(path.join(cache, 'fake-'));
      folders.push(folder);
      const pg = path.join(folder, 'node_modules', 'pg');
      fs.mkdirSync(path.join(pg, 'lib'), { recursive: true });
      fs.writeFileSync(
        path.join(pg, 'package.json'),
        JSON.stringify({ name: 'pg', version, main: './lib/index.js' }),
      );
      fs.writeFileSync(path.join(pg, 'lib', 'index.js'), exports);
      fs.writeFileSync(
        path.join(pg, 'lib', 'client.js'),
        'module.exports = class Client { query() {} connect() {} end() {} on() {} }',
      );
      const program = path.join(folder, 'program.cjs');
      fs.writeFileSync(
        program,
        `const { Client } = require('pg');
          const own = Object.getOwnPropertyNames(Client.prototype).map((name) => [name, String(Client.prototype[name])]);
          console.log(JSON.stringify({ own, symbols: Object.getOwnPropertySymbols(Client.prototype).length }));`,
      );
      return program;
    }
    const SHAPED = `exports.Client = require('./client.js');`;
    const BARE = { own: ['constructor', 'query', 'connect', 'end', 'on'], symbols: 0 };

    const load = (program: string) =>
      run(`new PostgresInstrumentation(); require(${JSON.stringify(program)});`);
    const loadLate = (program: string) =>
      run(`require(${JSON.stringify(program)}); new PostgresInstrumentation();`);

    it.each(['7.18.2', '8.10.0', '9.0.0'])('pg %s causes one warning and is not patched', async (version) => {
      const result = await load(withPg(version, SHAPED));
      expect(warnings(result)).toEqual(['PG_OTEL_UNSUPPORTED_VERSION']);
      expect(result.stderr).toContain(
        `pg ${version} is not instrumented, because pg-otel supports >=8.11.0 <9`,
      );
      expect(seen(result)).toEqual(BARE);
    });

    it('pg 9 that is loaded before the instrumentation causes one warning and is not patched', async () => {
      const result = await loadLate(withPg('9.0.0', SHAPED));
      expect(warnings(result)).toEqual(['PG_OTEL_UNSUPPORTED_VERSION']);
      expect(seen(result)).toEqual(BARE);
    });

    it('pg whose version cannot be read is instrumented, with a warning', async () => {
      const result = await load(withPg(undefined, SHAPED));
      expect(warnings(result)).toEqual(['PG_OTEL_UNSUPPORTED_VERSION']);
      expect(result.stderr).toContain('The version of pg cannot be read from its package.json');
      expect(seen(result).symbols).toBe(1);
    });

    it('a package named pg that is not a driver causes one warning', async () => {
      const result = await load(withPg('8.23.1', 'exports.Client = class Client {};'));
      expect(warnings(result)).toEqual(['PG_OTEL_NOT_PATCHED']);
      expect(seen(result)).toEqual({ own: ['constructor'], symbols: 0 });
    });

    function seen({ stdout }: FixtureResult) {
      const { own, symbols } = JSON.parse(stdout);
      return { own: own.map(([name]: [string]) => name), symbols };
    }
  });

  describe('two instances of the instrumentation', () => {
    it('the second PostgresInstrumentation replaces the first, with one warning', async () => {
      const result = await run(`
          const first = new PostgresInstrumentation({ statementText: 'off' });
          const second = new PostgresInstrumentation();
          const sdk = new NodeSDK({ instrumentations: [first, second] });
          sdk.start();
          const pg = require('pg');
          const pool = new pg.Pool();
          await pool.query('SELECT 1');
          await sdk.shutdown();
          await pool.end();`);
      expect(warnings(result)).toEqual(['PG_OTEL_REPLACED']);
      expect(querySpans()).toEqual([OURS]);
    });

    it('a second copy of the package adds no second span', async () => {
      const copy = copyOfOurs();
      const result = await run(
        `
          const { PostgresInstrumentation: Other } = require(${JSON.stringify(copy)});
          const sdk = new NodeSDK({ instrumentations: [new PostgresInstrumentation(), new Other()] });
          sdk.start();
          const pg = require('pg');
          const pool = new pg.Pool();
          await pool.query('SELECT 1');
          await sdk.shutdown();
          await pool.end();`,
      );
      expect(warnings(result)).toEqual(['PG_OTEL_TWO_COPIES']);
      expect(querySpans()).toEqual([OURS]);
      expect(counts()).toMatchObject({
        'db.client.operation.duration': 1,
        'db.client.connection.wait_time': 1,
      });
    });

    function copyOfOurs(): string {
      const source = path.join(installationFolder(installation), 'node_modules', OURS);
      const entry = place(installation, '', 'cjs');
      const folder = path.join(path.dirname(entry), `copy-of-ours-${process.pid}-${path.basename(node)}`);
      fs.rmSync(folder, { recursive: true, force: true });
      fs.cpSync(source, folder, { recursive: true });
      copies.push(folder);
      return folder;
    }
    const copies: string[] = [];
    afterAll(() => {
      for (const folder of copies) fs.rmSync(folder, { recursive: true });
    });
  });
});

describe('a test runner with its own module loader', () => {
  /** The codes of the warnings of a preloaded process. */
  function warningsOf(args: readonly string[], env: Readonly<Record<string, string>> = {}): string[] {
    const { JEST_WORKER_ID: _, ...outside } = process.env;
    const { stderr } = spawnSync(process.execPath, ['--import', `${OURS}/register`, ...args], {
      cwd: installationFolder('otel-2'),
      env: { ...outside, ...env },
      encoding: 'utf8',
    });
    return [...stderr.matchAll(/\[(PG_OTEL_\w+)\] PgOtelWarning/g)].map(([, code = '']) => code);
  }

  const jest = path.join(path.dirname(require.resolve('jest/package.json')), 'bin', 'jest.js');

  it('causes one warning if it is jest', () => {
    expect(warningsOf([jest, '--version'])).toEqual(['PG_OTEL_OWN_LOADER']);
  });

  it('has telemetry of the queries in its tests with the setup file that the warning describes, if it is jest', async () => {
    const folder = path.dirname(place('otel-2', '', 'cjs'));
    const tests = fs.mkdtempSync(path.join(folder, 'jest-'));
    const files = {
      'jest.config.js': `module.exports = { testRegex: 'query.test', setupFilesAfterEnv: ['./telemetry.js'] };`,
      'telemetry.js': `
        const { instrument, PostgresInstrumentation } = require('${OURS}');
        new PostgresInstrumentation();
        instrument(require('pg'));`,
      'query.test.js': `
        const { Pool } = require('pg');
        test('queries', async () => {
          const pool = new Pool();
          await pool.query('SELECT 1');
          await pool.end();
        });`,
    };
    for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(tests, name), text);
    try {
      const { code } = await runFixture({
        installation: 'otel-2',
        folder: tests,
        command: ['--import', 'pg-otel/register', jest],
        env: exportTo(capture, postgres),
      });
      expect(code).toBe(0);
    } finally {
      fs.rmSync(tests, { recursive: true });
    }
    expect(capture.spans().map(({ name }) => name)).toEqual(
      expect.arrayContaining(['SELECT', 'connect shop']),
    );
    expect(capture.metrics().map(({ name }) => name)).toContain('db.client.operation.duration');
  });

  it('causes a warning if it is vitest with one of its vm pools, and only then', () => {
    const worker = ['--eval', ''];
    expect(warningsOf(['--experimental-vm-modules', ...worker], { VITEST: 'true' })).toEqual([
      'PG_OTEL_OWN_LOADER',
    ]);
    expect(warningsOf(worker, { VITEST: 'true' })).toEqual([]);
    expect(warningsOf(['--experimental-vm-modules', ...worker])).toEqual([]);
  });
});
