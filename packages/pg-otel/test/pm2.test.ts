import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  exportTo,
  freePort,
  type Installation,
  installationFolder,
  place,
  type Runtime,
  runFixture,
  runtimes,
  startFixture,
  titled,
  traceOutline,
} from '@pg-otel/testkit';
import { capture, postgres } from '@pg-otel/testkit/stage';

/** What PM2 7.0.4 does to load an application, in each of its modes. */
const PM2 = {
  cluster: {
    file: 'ProcessContainer.js',
    source: `
      const env = JSON.parse(process.env.pm2_env);
      for (const name in env) process.env[name] = env[name];
      delete process.env.pm2_env;
      process.chdir(env.pm_cwd);
      import(env.pm_exec_path);`,
  },
  fork: {
    file: 'ProcessContainerFork.js',
    source: `import(require('node:url').pathToFileURL(process.env.pm_exec_path));`,
  },
};

const SHOP = `
  import express from 'express';
  import pg from 'pg';
  import postgres from 'postgres';
  const pool = new pg.Pool();
  const sql = postgres({ max: 1, fetch_types: false });
  const app = express();
  app.get('/orders', async (request, response) => {
    await pool.query('SELECT 42 AS answer');
    response.json(await sql\`SELECT 43 AS other\`);
  });
  const server = app.listen(Number(process.env.PORT), '127.0.0.1', () => console.log('the shop is open'));
  process.on('SIGINT', () => {
    server.closeAllConnections();
    server.close(() => {
      pool.end();
      sql.end();
    });
  });`;

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true });
});

/** Writes PM2's script for a mode into a new folder, and returns its path. */
function placeContainer(mode: keyof typeof PM2): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pg-otel-pm2-'));
  folders.push(folder);
  const lib = path.join(folder, 'node_modules/pm2/lib');
  fs.mkdirSync(lib, { recursive: true });
  const file = path.join(lib, PM2[mode].file);
  fs.writeFileSync(file, PM2[mode].source);
  return file;
}

/** The absolute path of `register`: in cluster mode, a worker starts in the directory of PM2's daemon. */
const installed = (installation: Installation, name: string): string =>
  pathToFileURL(path.join(installationFolder(installation), 'node_modules', name, 'dist/register.js')).href;

describe.each(titled(runtimes()))('on %s', (_, { installation, node }) => {
  it.each(['cluster', 'fork'] as const)(
    'pg-otel/register has the settings and the instrumentations of an application that PM2 starts, %s mode',
    async (mode) => {
      const container = placeContainer(mode);
      const folder = installationFolder(installation);
      const port = await freePort();
      const ofApplication = {
        ...exportTo(capture, postgres),
        OTEL_SERVICE_NAME: 'shop',
        OTEL_NODE_RESOURCE_DETECTORS: 'env',
        PG_OTEL_POOL_NAMES: 'shop=by pg,shop#2=by postgres',
        PG_OTEL_INSTRUMENTATIONS: '',
        OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'dns,net',
        PORT: String(port),
        pm_exec_path: place(installation, SHOP, 'mjs'),
        pm_cwd: folder,
      };
      const running = startFixture({
        installation,
        node,
        nodeArgs: ['--import', installed(installation, 'pg-otel')],
        // The working directory and the variables of PM2's daemon, which is older than the application.
        folder: mode === 'cluster' ? path.dirname(container) : folder,
        command: [container],
        env:
          mode === 'cluster'
            ? {
                OTEL_SERVICE_NAME: 'another',
                OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
                pm2_env: JSON.stringify({ ...ofApplication, instances: 2, env: ofApplication }),
              }
            : ofApplication,
      });
      await running.waitForOutput('the shop is open');
      expect(await (await fetch(`http://127.0.0.1:${port}/orders`)).json()).toEqual([{ other: 43 }]);
      running.kill('SIGINT');
      const result = await running.ended;

      expect(result).toEqual({ stdout: 'the shop is open\n', stderr: '', code: 0, signal: null });
      expect(new Set(capture.spans().map(({ resource }) => resource['service.name']))).toEqual(
        new Set(['shop']),
      );
      expect(traceOutline(capture.spans())).toEqual([
        'SERVER GET /orders',
        '  INTERNAL request handler',
        '    CLIENT SELECT',
        '    CLIENT SELECT',
        '    INTERNAL acquire by pg',
        '      CLIENT connect shop',
        '    INTERNAL acquire by postgres',
        '      CLIENT connect shop',
      ]);
    },
  );
});

it('@pg-otel/instrumentation/register has the options of an application that PM2 starts in cluster mode', async () => {
  const [{ installation, node }] = runtimes() as [Runtime];
  const container = placeContainer('cluster');
  const { stdout, stderr } = await runFixture({
    installation,
    node,
    nodeArgs: ['--import', installed(installation, '@pg-otel/instrumentation')],
    folder: path.dirname(container),
    command: [container],
    env: {
      pm2_env: JSON.stringify({
        pm_exec_path: place(installation, `console.log('ran');`, 'mjs'),
        pm_cwd: installationFolder(installation),
        PG_OTEL_SLOW_AFTER: 'soon',
      }),
    },
  });
  expect(stdout).toBe('ran\n');
  expect(stderr).toContain('PG_OTEL_SLOW_AFTER must be');
});
