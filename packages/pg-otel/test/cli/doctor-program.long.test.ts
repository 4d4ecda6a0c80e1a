import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import {
  bundle,
  installationFolder,
  onePerMajorVersion,
  place,
  placeInInstallation,
  runFixture,
  titled,
} from '@pg-otel/testkit';
import { capture, postgres } from '@pg-otel/testkit/stage';

interface Finding {
  check: string;
  status: string;
  message: string;
  advice?: string;
  details?: unknown;
}

/** A program with a query that ends on its own after its telemetry is exported. */
const QUERY = `
  const pg = require('pg');
  (async () => {
    const pool = new pg.Pool();
    await pool.query('SELECT 1');
    await pool.end();
    console.log('queried');
  })();`;
const OWN_SDK = `
  const { NodeSDK } = require('@opentelemetry/sdk-node');
  const sdk = new NodeSDK({ serviceName: 'own' });
  sdk.start();
  process.once('beforeExit', () => sdk.shutdown());`;

describe.each(titled(onePerMajorVersion()))(
  'pg-otel doctor -- <command>, on %s,',
  (_, { installation, node }) => {
    const doctor = async (
      args: readonly string[],
      folder = installationFolder(installation),
      settings = {},
    ) => {
      const result = await runFixture({
        installation,
        node,
        folder,
        command: [
          path.join(installationFolder(installation), 'node_modules/pg-otel/dist/cli/main.js'),
          'doctor',
          '--json',
        ],
        args,
        env: { ...capture.env, ...postgres.env, ...settings },
        timeoutMillis: 120_000,
      });
      const findings: Finding[] = result.stdout === '' ? [] : JSON.parse(result.stdout).findings;
      return {
        ...result,
        of: (check: string) => findings.find((finding) => finding.check === check),
        problems: findings.filter(({ status }) => status === 'problem').map(({ check }) => check),
      };
    };

    it.each(['cjs', 'mjs'] as const)(
      'finds that Postgres.js is instrumented in a program, %s',
      async (type) => {
        const get =
          type === 'cjs' ? `const postgres = require('postgres');` : `import postgres from 'postgres';`;
        const source =
          `${get}
        const sql = postgres();
        sql` +
          '`SELECT 1`' +
          `.then(() => sql.end());`;
        const app = place(installation, source, type);
        const { of } = await doctor(['--', node, '--import', 'pg-otel/register', app]);
        expect(of('postgres')).toMatchObject({ status: 'ok', message: 'postgres is instrumented' });
        const without = await doctor(['--', node, app]);
        expect(without.of('postgres')).toMatchObject({
          status: 'problem',
          message: 'postgres is not instrumented',
        });
      },
    );

    it.each(['pg', 'postgres', '@neondatabase/serverless'])(
      'names the bundle that contains %s, and what keeps it out with the tool of the application',
      async (driver) => {
        const source = `import * as driver from '${driver}'; console.log(typeof driver);`;
        const app = await bundle({
          installation,
          source,
          format: 'esm',
          withOurs: true,
          options: { minify: true },
        });
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pg-otel-bundled-'));
        fs.writeFileSync(
          path.join(folder, 'package.json'),
          JSON.stringify({ devDependencies: { '@sveltejs/adapter-node': '5', vite: '8' } }),
        );
        fs.symlinkSync(
          path.join(installationFolder(installation), 'node_modules'),
          path.join(folder, 'node_modules'),
        );
        const { of, problems, code } = await doctor(
          ['--', node, '--import', 'pg-otel/register', app],
          folder,
        );
        fs.rmSync(folder, { recursive: true });
        const check = driver === '@neondatabase/serverless' ? 'neon' : driver;
        expect(problems).toEqual([check]);
        expect(of(check)).toMatchObject({
          message: expect.stringMatching(
            `^${driver} is not instrumented: it is part of the bundle .*${path.basename(app)}$`,
          ),
          advice: expect.stringContaining(`move ${driver} from devDependencies to dependencies`),
        });
        expect(code).toBe(1);
      },
    );

    it('finds that a bundled driver is instrumented by instrument()', async () => {
      const source = `
        import { instrument } from '@pg-otel/instrumentation';
        import postgres from 'postgres';
        const sql = instrument(postgres());
        await sql\`SELECT 1\`;
        await sql.end();`;
      const app = await bundle({ installation, source, format: 'esm', withOurs: false });
      const { of } = await doctor(['--', node, '--import', 'pg-otel/register', app]);
      expect(of('postgres')).toMatchObject({ status: 'ok', message: 'postgres is instrumented' });
    });

    it.each(['--require', '--import'])(
      'finds that pg-otel/register receives everything by %s, and where it goes',
      async (preload) => {
        const app = place(installation, QUERY, 'cjs');
        const { of, problems, code, stderr } = await doctor(['--', node, preload, 'pg-otel/register', app]);
        expect(problems).toEqual([]);
        expect(code).toBe(0);
        expect(stderr).toContain('queried\n');
        expect(of('program')).toMatchObject({ status: 'ok', details: { end: 'by itself', code: 0 } });
        expect(of('traces')).toMatchObject({
          status: 'ok',
          message: `received by pg-otel; sent to ${capture.url}`,
          details: { owner: 'pg-otel', sentTo: [capture.url] },
        });
        expect(of('metrics')?.message).toBe(`received by pg-otel; sent to ${capture.url}`);
        expect(of('pg')).toMatchObject({ status: 'ok', message: 'pg is instrumented' });
        expect(of('pg-pool')).toMatchObject({ status: 'ok' });
      },
    );

    it('reports that the application has its own SDK, and that pg-otel/register has no effect', async () => {
      const app = place(installation, `${OWN_SDK}${QUERY}`, 'cjs');
      const { of, problems, code } = await doctor(['--', node, '--require', 'pg-otel/register', app]);
      expect(problems).toEqual(['warning']);
      expect(of('warning')?.message).toMatch(
        /^PG_OTEL_FOREIGN_PROVIDER: .*@pg-otel\/instrumentation\/register/,
      );
      expect(of('traces')).toMatchObject({
        message: expect.stringMatching(/^received by the application's SDK \(\w+\); sent to http/),
        details: { owner: 'application', sentTo: [capture.url] },
      });
      expect(of('pg')).toMatchObject({ status: 'ok' });
      expect(code).toBe(1);
    });

    it.each(['--require', '--import'])(
      'reports the warnings of a program that is started with %s',
      async (preload) => {
        const app = place(installation, QUERY, 'cjs');
        const command = ['--', node, preload, 'pg-otel/register', app];
        const { of, problems, code } = await doctor(command, undefined, { PG_OTEL_SLOW_AFTER: 'soon' });
        expect(problems).toEqual(['warning']);
        expect(of('warning')?.message).toMatch(/^PG_OTEL_INVALID_OPTION: PG_OTEL_SLOW_AFTER /);
        expect(code).toBe(1);
      },
    );

    it('reports that exports succeed again, which is no problem', async () => {
      const recovered = `process.emitWarning('Exports to http://localhost:4318 succeed again.', {
        type: 'PgOtelWarning', code: 'PG_OTEL_EXPORT_RECOVERED' });`;
      const app = place(installation, `${QUERY}${recovered}`, 'cjs');
      const { of, problems, code } = await doctor(['--', node, '--require', 'pg-otel/register', app]);
      expect(of('warning')).toMatchObject({
        status: 'ok',
        message: 'PG_OTEL_EXPORT_RECOVERED: Exports to http://localhost:4318 succeed again.',
      });
      expect({ problems, code }).toEqual({ problems: [], code: 0 });
    });

    it('reports which pools are managed', async () => {
      const app = place(installation, QUERY, 'cjs');
      const command = ['--', node, '--require', 'pg-otel/register', app];
      const managed = await doctor(command, undefined, { PG_OTEL_MANAGE_POOLS: 'advise' });
      expect(managed.problems).toEqual([]);
      expect(managed.of('managed pool')).toMatchObject({
        status: 'ok',
        message: `${postgres.database} is managed (advise, 2 to 30 connections): up`,
        details: { name: postgres.database, mode: 'advise', min: 2, max: 30, health: 'up' },
      });

      const unmanaged = await doctor(command);
      expect(unmanaged.of('managed pool')).toBeUndefined();
    });

    it('reports that the connections of a program, such as those of Knex, belong to no pool that is observed', async () => {
      const app = place(
        installation,
        `const pg = require('pg');
         const clients = [new pg.Client(), new pg.Client()];
         (async () => {
           for (const client of clients) await client.connect();
           for (const client of clients) await client.end();
         })();`,
        'cjs',
      );
      const command = ['--', node, '--import', 'pg-otel/register', app];
      const { of, problems } = await doctor(command);
      expect(of('pools')).toMatchObject({
        status: 'note',
        message:
          'no pool of pg-pool was used; 2 connections were opened, by clients without one. There are no pool metrics',
      });
      expect(problems).toEqual([]);

      const managed = await doctor(command, undefined, { PG_OTEL_MANAGE_POOLS: 'advise' });
      expect(managed.of('pools')).toMatchObject({
        status: 'problem',
        message: expect.stringContaining('PG_OTEL_MANAGE_POOLS=advise has no effect'),
      });
    });

    it('waits for an application that is busy for many seconds before it connects', async () => {
      const app = place(
        installation,
        `const pg = require('pg');
         setInterval(() => {}, 1000);
         const begunAt = Date.now();
         function load() {
           const until = Date.now() + 100;
           while (Date.now() < until);
           if (Date.now() - begunAt < 8000) setImmediate(load);
           else new pg.Pool().query('SELECT 1').then(() => console.log('started'));
         }
         load();`,
        'cjs',
      );
      const { stderr, of } = await doctor(['--', node, '--import', 'pg-otel/register', app]);
      expect(stderr).toContain('started');
      expect(of('program')).toMatchObject({ message: expect.stringContaining('SIGTERM') });
    });

    it('reports that no signal is received', async () => {
      const app = place(installation, QUERY, 'cjs');
      const { of, problems, code } = await doctor([
        '--',
        node,
        '--require',
        '@pg-otel/instrumentation/register',
        app,
      ]);
      expect(problems).toEqual(['traces', 'metrics', 'logs']);
      expect(of('traces')).toMatchObject({
        message: 'not received: no provider is registered',
        advice: expect.stringContaining('Start an OpenTelemetry SDK'),
      });
      expect(code).toBe(1);
    });

    it('reports a driver that is not instrumented', async () => {
      const app = place(installation, `${OWN_SDK}${QUERY}`, 'cjs');
      const { of, problems } = await doctor(['--', node, app]);
      expect(problems).toEqual(['pg', 'pg-pool']);
      expect(of('pg')?.advice).toContain('@pg-otel/instrumentation/register');
    });

    it('ends a server that npm starts by SIGTERM when it has started up', async () => {
      const source = path.join(installationFolder(installation), '.cache', 'server');
      fs.mkdirSync(source, { recursive: true });
      fs.writeFileSync(path.join(source, 'app.cjs'), `${QUERY} setInterval(() => {}, 1_000);`);
      const start = `"${node}" --require pg-otel/register app.cjs`;
      fs.writeFileSync(path.join(source, 'package.json'), JSON.stringify({ scripts: { start } }));
      const folder = placeInInstallation(installation, source);
      const { of, stderr } = await doctor(['--', 'npm', 'start'], folder);
      for (const placed of [source, folder]) fs.rmSync(placed, { recursive: true });
      expect(of('program')).toMatchObject({
        status: 'ok',
        message: expect.stringMatching(/^app\.cjs on Node .*; it ended by SIGTERM from pg-otel doctor$/),
      });
      expect(of('traces')).toMatchObject({ status: 'ok', details: { owner: 'pg-otel' } });
      expect(of('pg')).toMatchObject({ status: 'ok' });
      expect(stderr).toContain('queried\n');
    });

    it('does not wait for a server that the program has started, and which has its output open', async () => {
      const app = place(
        installation,
        `const { spawn } = require('node:child_process');
        const env = { ...process.env, NODE_OPTIONS: '' };
        const options = { detached: true, stdio: 'inherit', env };
        const server = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1_000)'], options);
        server.unref();
        console.log('server', server.pid);`,
        'cjs',
      );
      const { of, stderr } = await doctor(['--', node, '--require', 'pg-otel/register', app]);
      process.kill(Number(stderr.match(/^server (\d+)$/m)?.[1]));
      expect(of('program')).toMatchObject({
        status: 'ok',
        message: expect.stringContaining('it ended by itself with exit code 0'),
      });
    });

    it('reports that a program failed', async () => {
      const { of, code } = await doctor(['--', node, '-e', 'process.exitCode = 3']);
      expect(of('program')).toMatchObject({
        status: 'problem',
        message: expect.stringContaining('it ended by itself with exit code 3'),
      });
      expect(code).toBe(1);
    });

    it.each([
      [['--', 'no-such-command'], 'The program cannot be started: spawn no-such-command ENOENT'],
      [
        ['--seconds', 'soon', '--', 'node', 'app.js'],
        '--seconds must be a number greater than 0, got "soon"',
      ],
      [['--seconds', '5'], '--seconds has no effect without a program'],
      [['--query', '--', 'node', 'app.js'], '--query has no effect with a program'],
    ])('exits with 2 for %j', async (args, message) => {
      const { code, stderr, stdout } = await doctor(args);
      expect(stderr).toContain(message);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    });
  },
);
