import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { type FixtureResult, installationFolder, repository, runFixture } from '@pg-otel/testkit';

const installation = 'otel-2';

/** An application that has installed pg-otel and its required peers, and none of the optional ones. */
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pg-otel-without-optional-'));
  const installed = path.join(installationFolder(installation), 'node_modules');
  const modules = path.join(folder, 'node_modules');
  mkdirSync(path.join(modules, '@pg-otel'), { recursive: true });
  // Copies, because Node looks for the packages of a link where it leads to.
  const copied = ['pg-otel', '@pg-otel/instrumentation', '@pg-otel/pool-sizing'];
  for (const name of copied)
    cpSync(path.join(installed, name), path.join(modules, name), { recursive: true });
  for (const name of readdirSync(installed)) {
    if (name.startsWith('.') || name === '@pg-otel' || copied.includes(name)) continue;
    symlinkSync(path.join(installed, name), path.join(modules, name));
  }
  mkdirSync(path.join(folder, 'collector-config'));
  cpSync(
    path.join(repository, 'collector-config/thresholds.yaml'),
    path.join(folder, 'collector-config/thresholds.yaml'),
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

const cli = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<FixtureResult> =>
  runFixture({
    installation,
    folder,
    command: [path.join(folder, 'node_modules/pg-otel/dist/cli/main.js')],
    args,
    env: {
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      PEAK_RPS: '100',
      ...env,
    },
  });

it.each([
  ['alerts build', ['build']],
  ['alerts build --init', ['build', '--init', '--thresholds', 'new.yaml']],
  ['alerts check', ['check']],
  ['alerts bridge', ['bridge', '--alertmanager', 'http://localhost:9093']],
])('pg-otel %s names the missing package and how to install it', async (_, args) => {
  const { code, stdout, stderr } = await cli(['alerts', ...args]);
  expect({ code, stdout, stderr }).toEqual({
    code: 2,
    stdout: '',
    stderr: 'pg-otel alerts needs the package @pg-otel/alerts: npm install @pg-otel/alerts\n',
  });
});

it('pg-otel watch names the missing package and how to install it', async () => {
  expect(await cli(['watch', '--', 'node', 'app.js'])).toEqual({
    code: 2,
    signal: null,
    stdout: '',
    stderr: 'pg-otel watch needs the package @pg-otel/insights: npm install @pg-otel/insights\n',
  });
});

it('names the install command of the package manager in use', async () => {
  const lockFile = path.join(folder, 'pnpm-lock.yaml');
  writeFileSync(lockFile, '');
  const { stderr } = await cli(['alerts', 'build']);
  rmSync(lockFile);
  expect(stderr).toBe('pg-otel alerts needs the package @pg-otel/alerts: pnpm add @pg-otel/alerts\n');
});

it('pg-otel doctor skips the comparison of the thresholds and shows that it did', async () => {
  const { stdout } = await cli(['doctor', '--json']);
  const { findings } = JSON.parse(stdout) as { findings: Record<string, string>[] };
  expect(findings.find(({ check }) => check === 'thresholds')).toEqual({
    check: 'thresholds',
    status: 'skipped',
    message: 'not compared with collector-config/thresholds.yaml: @pg-otel/alerts is not installed',
    advice: 'npm install @pg-otel/alerts',
  });
});

describe('PG_OTEL_MANAGE_POOLS without @pg-otel/pool', () => {
  const env = {
    OTEL_TRACES_EXPORTER: 'none',
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
    PG_OTEL_MANAGE_POOLS: 'act',
  };

  it('is one warning, and the application runs', async () => {
    const { code, stdout, stderr } = await runFixture({
      installation,
      folder,
      command: ['--require', 'pg-otel/register', '--eval', `console.log('runs')`],
      env,
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'runs\n' });
    expect(stderr.match(/PG_OTEL_\w+\]/g)).toEqual(['PG_OTEL_POOLS_NOT_MANAGED]']);
    expect(stderr).toContain('Install it in the application (npm install @pg-otel/pool)');
  });

  it('is a problem that pg-otel doctor finds', async () => {
    const { stdout } = await cli(['doctor', '--json'], env);
    const { findings } = JSON.parse(stdout) as { findings: Record<string, string>[] };
    expect(findings.filter(({ message }) => message?.includes('MANAGE_POOLS'))).toEqual([
      {
        check: 'managed pools',
        status: 'problem',
        message: 'PG_OTEL_MANAGE_POOLS=act has no effect: @pg-otel/pool is not installed',
        advice: 'npm install @pg-otel/pool',
        details: { mode: 'act', version: null },
      },
    ]);
  });
});

it('pg-otel plan works', async () => {
  const { code, stdout } = await cli(['plan', '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toHaveProperty('plan');
});

it('the help of the alerts commands works', async () => {
  expect(await cli(['alerts', 'build', '--help'])).toMatchObject({ code: 0, stderr: '' });
});
