import { once } from 'node:events';
import * as fs from 'node:fs';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import {
  anyRuntime,
  type FixtureResult,
  installationFolder,
  onePerMajorVersion,
  place,
  type Runtime,
  runFixture,
  titled,
} from '@pg-otel/testkit';
import { capture, postgres } from '@pg-otel/testkit/stage';

interface Finding {
  check: string;
  status: string;
  message: string;
  advice?: string;
}

const commandLine =
  ({ installation, node }: Runtime) =>
  (
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    folder = installationFolder(installation),
  ): Promise<FixtureResult> =>
    runFixture({
      installation,
      node,
      folder,
      command: [path.join(installationFolder(installation), 'node_modules/pg-otel/dist/cli/main.js')],
      args,
      env: { ...capture.env, ...env },
    });

/** Runs `pg-otel doctor --json` on a runtime. */
function doctor(runtime: Runtime) {
  const cli = commandLine(runtime);
  return async (env?: Readonly<Record<string, string>>, folder?: string) => {
    const { stdout, code, stderr } = await cli(['doctor', '--json', '--query'], env, folder);
    expect(stderr).toBe('');
    const report = JSON.parse(stdout) as { ok: boolean; findings: Finding[] };
    expect(report.ok).toBe(code === 0);
    const of = (check: string) => report.findings.find((finding) => finding.check === check);
    return { code, report, of };
  };
}

/** Lets pg-otel register the instrumentations that the installation has. */
const WITH_OTHERS = { PG_OTEL_INSTRUMENTATIONS: '' };

describe.each(titled(onePerMajorVersion()))('on %s', (_, runtime) => {
  const { installation } = runtime;
  const findings = doctor(runtime);

  it('reports that all is well, and exports a span', async () => {
    const { code, report, of } = await findings({
      ...postgres.env,
      ...WITH_OTHERS,
      OTEL_SERVICE_NAME: 'shop',
    });
    expect(report).toEqual({
      ok: true,
      version: '0.1.0',
      node: expect.any(String),
      findings: expect.any(Array),
    });
    expect(Object.fromEntries(report.findings.map(({ check, status }) => [check, status]))).toEqual({
      node: 'ok',
      'pg-otel': 'ok',
      opentelemetry: 'ok',
      // npm has installed test/major-versions so.
      copies: 'note',
      api: 'ok',
      pg: 'ok',
      'pg-pool': 'ok',
      neon: 'ok',
      postgres: 'ok',
      // The repository has it, for the tests of the instrumentation.
      pglite: 'ok',
      // The installation has it for other tests.
      doubled: 'note',
      instrumentations: 'ok',
      limits: 'ok',
      'service.name': 'ok',
      providers: 'ok',
      traces: 'ok',
      metrics: 'ok',
      logs: 'ok',
      query: 'ok',
      diagnosis: 'ok',
      'sample span': 'ok',
      // It needs the program to run: doctor-program.long.test.ts.
      'own sdk': 'skipped',
      bundling: 'note',
    });
    expect(of('instrumentations')?.message).toContain('http, ');
    expect(code).toBe(0);
    expect(capture.spans().map(({ name }) => name)).toEqual(
      expect.arrayContaining(['pg-otel doctor', 'SELECT']),
    );
  });

  it('shows that PG_OTEL_MANAGE_POOLS manages the pools of the application', async () => {
    const { of } = await findings({ ...postgres.env, PG_OTEL_MANAGE_POOLS: 'advise' });
    expect(of('managed pools')).toMatchObject({
      status: 'ok',
      message: 'each pool of the process is managed by @pg-otel/pool 0.1.0 (PG_OTEL_MANAGE_POOLS=advise)',
    });
  });

  it('notes that pg-otel registers no other instrumentation', async () => {
    const env = { ...postgres.env, ...WITH_OTHERS, OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'koa' };
    const { of } = await findings(env);
    expect(of('instrumentations')).toMatchObject({
      status: 'note',
      advice: expect.stringContaining('npm install @opentelemetry/instrumentation-http'),
    });
  });

  it('reports a collector that is not reachable, without the secrets of its URL', async () => {
    const { code, report, of } = await findings({
      ...postgres.env,
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://user:hunter2@127.0.0.1:9/?key=hunter2',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=hunter2',
    });
    expect(of('traces')).toMatchObject({
      status: 'problem',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    expect(of('sample span')).toMatchObject({ status: 'skipped' });
    expect(JSON.stringify(report)).not.toContain('hunter2');
    expect(code).toBe(1);
  });

  it('reports a receiver that refuses the span', async () => {
    const { code, of } = await findings({
      ...postgres.env,
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${capture.url}/wrong/path`,
    });
    expect(of('traces')).toMatchObject({ status: 'ok' });
    expect(of('sample span')).toMatchObject({
      status: 'problem',
      message: 'not delivered: answered with status 404',
    });
    expect(code).toBe(1);
  });

  it('a receiver that takes traces only has received the span; that metrics are refused is a warning', async () => {
    const receiver = http
      .createServer((request, response) => {
        const status = request.url === '/v1/traces' ? 200 : 404;
        request.resume().on('end', () => response.writeHead(status).end());
      })
      .listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
    const { code, of } = await findings({ ...postgres.env, OTEL_EXPORTER_OTLP_ENDPOINT: url });
    receiver.close();
    expect(of('sample span')).toMatchObject({ status: 'ok' });
    expect(of('warning')).toMatchObject({
      status: 'problem',
      message: expect.stringContaining(`Cannot export metrics to ${url}/v1/metrics: HTTP 404`),
    });
    expect(code).toBe(1);
  });

  it('with a configuration file, the endpoints of the environment are not checked', async () => {
    const file = path.join(installationFolder(installation), `doctor-${process.pid}.yaml`);
    fs.writeFileSync(
      file,
      `file_format: "1.0"
tracer_provider:
  processors:
    - batch:
        exporter:
          otlp_http:
            endpoint: ${capture.url}/v1/traces
`,
    );
    // Nothing listens there.
    const nowhere = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };
    const { code, of } = await findings({ ...postgres.env, ...nowhere, OTEL_CONFIG_FILE: file });
    fs.rmSync(file);
    expect(of('traces')).toEqual({
      check: 'traces',
      status: 'note',
      message: 'OTEL_CONFIG_FILE describes the exporters, whose endpoints are not checked here',
    });
    expect(of('sample span')).toMatchObject({ status: 'ok' });
    expect(capture.spans().map(({ name }) => name)).toContain('pg-otel doctor');
    expect(code).toBe(0);
  });

  const breaking = (name: string) => {
    const preload = place(
      installation,
      `const load = module.constructor._load;
      module.constructor._load = (name, ...rest) => {
        if (name === '${name}') throw new Error('it is broken');
        return load(name, ...rest);
      };`,
      'cjs',
    );
    return { NODE_OPTIONS: `--require ${preload}` };
  };

  it('reports why pg-otel cannot start', async () => {
    const { code, of } = await findings(breaking('@opentelemetry/resources'));
    expect(of('start')).toMatchObject({ status: 'problem', message: 'it is broken' });
    expect(code).toBe(1);
  });

  it('reports why an exporter cannot be loaded', async () => {
    const { code, of } = await findings(breaking('@opentelemetry/exporter-trace-otlp-proto'));
    expect(of('sample span')).toMatchObject({ status: 'problem', message: 'not delivered: it is broken' });
    expect(code).toBe(1);
  });

  it('works with pg-otel/register in NODE_OPTIONS', async () => {
    const { code, report } = await findings({
      ...postgres.env,
      NODE_OPTIONS: '--require pg-otel/register',
    });
    expect(report.findings.filter(({ check }) => check === 'warning')).toEqual([]);
    expect(code).toBe(0);
  });
});

describe.each(titled(anyRuntime()))('with any SDK, on %s', (_, runtime) => {
  const { installation } = runtime;
  const cli = commandLine(runtime);
  const findings = doctor(runtime);

  it('runs its query on Postgres.js when the application has no other driver', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pg-otel-postgres-js-'));
    try {
      fs.mkdirSync(path.join(folder, 'node_modules'));
      const installed = path.join(installationFolder(installation), 'node_modules', 'postgres');
      fs.symlinkSync(installed, path.join(folder, 'node_modules', 'postgres'));
      const { of } = await findings(postgres.env, folder);
      expect(of('postgres')).toMatchObject({
        status: 'ok',
        message: expect.stringMatching(/^postgres 3\.\d+\.\d+ is instrumented$/),
      });
      expect(of('pg')).toBeUndefined();
      expect(of('query')).toMatchObject({
        status: 'ok',
        message: expect.stringContaining(`SELECT 1 on ${postgres.host} in `),
      });
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  it('opens no database when the application has only PGlite', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pg-otel-pglite-'));
    try {
      fs.mkdirSync(path.join(folder, 'node_modules/@electric-sql'), { recursive: true });
      const pglite = path.join('node_modules', '@electric-sql', 'pglite');
      fs.symlinkSync(path.join(installationFolder('otel-2/pglite-0.2'), pglite), path.join(folder, pglite));
      const { of } = await findings(postgres.env, folder);
      expect(of('pglite')).toMatchObject({
        status: 'ok',
        message: '@electric-sql/pglite 0.2.17 is instrumented',
      });
      expect(of('query')?.status).toBe('note');
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  it('shows the same as text, with advice', async () => {
    const { stdout, code } = await cli(['doctor']);
    expect(stdout).toMatch(/^✓ node +Node \d+/);
    expect(stdout).toMatch(
      /! service\.name +not set by the environment: telemetry is reported as unknown_service\n/,
    );
    expect(stdout).toContain('→ Set OTEL_SERVICE_NAME=orders');
    expect(stdout).toMatch(/✓ sample span +sent and acknowledged, trace [0-9a-f]{32}\n/);
    expect(stdout).toMatch(/\n\nNo problems; 1 of \d+ checks skipped\.\n$/);
    expect(code).toBe(0);
  });

  it('lists the limits of events, or notes that events are not exported', async () => {
    const set = await findings({ ...postgres.env, PG_OTEL_SLOW_AFTER: '0.5,2', PG_OTEL_HELD_AFTER: '10' });
    expect(set.of('limits')).toEqual({
      check: 'limits',
      status: 'ok',
      message:
        'slow after 0.5, 2 s, held after 10 s, repeated every 60 s (options in code are not visible here)',
      details: { slowAfter: [0.5, 2], heldAfter: 10, heldAfterOf: {}, repeatInterval: 60 },
    });
    const silent = await findings({ ...postgres.env, OTEL_LOGS_EXPORTER: 'none' });
    expect(silent.of('limits')).toMatchObject({
      status: 'note',
      advice: expect.stringContaining('OTEL_LOGS_EXPORTER=otlp'),
    });
    const wrong = await findings({ ...postgres.env, PG_OTEL_SLOW_AFTER: '5,1' });
    expect(wrong.of('warning')?.message).toContain('PG_OTEL_SLOW_AFTER must be up to 20 numbers of seconds');
  });

  it('reports a database that is not reachable', async () => {
    const { code, of } = await findings({ DATABASE_URL: 'postgres://user:hunter2@127.0.0.1:9/shop' });
    expect(of('query')).toMatchObject({ status: 'problem', message: 'SELECT 1 failed: ECONNREFUSED' });
    expect(code).toBe(1);
  });

  it('names the condition of an SQLSTATE', async () => {
    const { of } = await findings({ ...postgres.env, PGDATABASE: 'nowhere' });
    expect(of('query')).toMatchObject({
      status: 'problem',
      message: 'SELECT 1 failed: 3D000 (invalid_catalog_name)',
    });
  });

  it('reports a folder without pg', async () => {
    const { code, of } = await findings(postgres.env, path.parse(installationFolder(installation)).root);
    expect(of('pg')).toMatchObject({
      status: 'problem',
      message: expect.stringMatching(/^none of pg, .* is installed in /),
    });
    expect(of('pg-otel')).toMatchObject({ status: 'problem' });
    expect(code).toBe(1);
  });

  it('reports a driver that cannot be loaded', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pg-otel-broken-'));
    const driver = path.join(folder, 'node_modules', 'pg');
    fs.mkdirSync(driver, { recursive: true });
    fs.writeFileSync(path.join(driver, 'package.json'), JSON.stringify({ name: 'pg', version: '8.23.1' }));
    fs.writeFileSync(path.join(driver, 'index.js'), `require('pg-types');`);
    const { code, of } = await findings(postgres.env, folder);
    fs.rmSync(folder, { recursive: true });
    expect(of('pg')).toMatchObject({
      status: 'problem',
      message: `pg 8.23.1 cannot be loaded: Cannot find module 'pg-types'`,
    });
    expect(of('query')).toMatchObject({ status: 'problem', message: 'SELECT 1 failed: MODULE_NOT_FOUND' });
    expect(code).toBe(1);
  });

  it('reports OTEL_SDK_DISABLED', async () => {
    const { code, of } = await findings({ ...postgres.env, OTEL_SDK_DISABLED: 'true' });
    expect(of('providers')).toMatchObject({ status: 'problem', message: 'OTEL_SDK_DISABLED is true' });
    expect(code).toBe(1);
  });

  it('reports each invalid setting once', async () => {
    const { code, report } = await findings({ ...postgres.env, OTEL_METRIC_EXPORT_INTERVAL: 'fast' });
    const warnings = report.findings.filter(({ check }) => check === 'warning');
    expect(warnings).toEqual([
      {
        check: 'warning',
        status: 'problem',
        message: expect.stringMatching(/^PG_OTEL_SETTING: OTEL_METRIC_EXPORT_INTERVAL must be a number/),
      },
    ]);
    expect(code).toBe(1);
  });

  it.each([
    [['doctor', '--loud'], "Unknown option '--loud'.\nSee pg-otel doctor --help\n"],
    [['doctor', '--qurey'], "Unknown option '--qurey'. Did you mean --query?\nSee pg-otel doctor --help\n"],
    [
      ['doctor', 'something'],
      `Unexpected argument 'something'. The command of a program comes after "--".\nSee pg-otel doctor --help\n`,
    ],
    [['surgeon'], 'There is no command "surgeon".\nSee pg-otel --help\n'],
    [['docter'], 'There is no command "docter". Did you mean pg-otel doctor?\nSee pg-otel --help\n'],
    [['--verison'], 'There is no option "--verison". Did you mean pg-otel --version?\nSee pg-otel --help\n'],
    [
      ['alerts', 'biuld'],
      'There is no command "biuld". Did you mean pg-otel alerts build?\nSee pg-otel alerts --help\n',
    ],
    [['postgres://user:hunter2@db/shop'], 'There is no command "<URL>".\nSee pg-otel --help\n'],
  ])('pg-otel %j is bad input: one line with a hint to the help, and exit code 2', async (args, message) => {
    expect(await cli(args)).toMatchObject({ stdout: '', stderr: message, code: 2 });
  });

  it('keeps standard output free of spans that are exported to the console', async () => {
    const exporters = {
      OTEL_TRACES_EXPORTER: 'console',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
    };
    const { stdout, stderr } = await cli(['doctor', '--json'], exporters);
    const { findings } = JSON.parse(stdout) as { findings: Finding[] };
    expect(findings.find(({ check }) => check === 'sample span')).toMatchObject({ status: 'ok' });
    expect(stderr).toContain("name: 'pg-otel doctor'");
  });

  it('without a command, lists the commands and reports that one is missing', async () => {
    const { stdout, stderr, code } = await cli([]);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^Usage: pg-otel <command>[\s\S]*\nA command is missing\.\n$/);
    expect(code).toBe(2);
  });

  it.each([['-h'], ['help'], ['doctor', '-h'], ['plan', '-h'], ['alerts', '-h'], ['alerts', 'build', '-h']])(
    'shows a help: pg-otel %s %s %s',
    async (...args) => {
      const { stdout, stderr, code } = await cli(args.filter((arg) => arg !== undefined));
      expect(stdout).toMatch(/^Usage: pg-otel /);
      expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    },
  );

  it('prints its version and its help', async () => {
    const [version, help, ofCommand] = await Promise.all([
      cli(['--version']),
      cli(['--help']),
      cli(['doctor', '--help']),
    ]);
    expect(version).toMatchObject({ stdout: '0.1.0\n', code: 0 });
    expect(help).toMatchObject({ stdout: expect.stringMatching(/^Usage: pg-otel <command>/), code: 0 });
    expect(ofCommand).toMatchObject({ stdout: expect.stringMatching(/^Usage: pg-otel doctor/), code: 0 });
  });
});
