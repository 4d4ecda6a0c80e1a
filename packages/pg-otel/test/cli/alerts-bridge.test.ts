import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import {
  type AlertmanagerStandIn,
  anyRuntime,
  type FixtureResult,
  freePort,
  installationFolder,
  onePerMajorVersion,
  type RunningFixture,
  type Runtime,
  runFixture,
  startAlertmanagerStandIn,
  startFixture,
  titled,
} from '@pg-otel/testkit';

let alertmanager: AlertmanagerStandIn;
beforeAll(async () => {
  alertmanager = await startAlertmanagerStandIn();
});
beforeEach(() => alertmanager.clear());
afterAll(() => alertmanager.stop());

/** Without the settings of the machine that runs the tests; an empty variable counts as unset. */
const nothing = { PG_OTEL_BRIDGE_ALERTMANAGER: '', PG_OTEL_BRIDGE_WEBHOOK: '' };

/** The bridges of a test, which end with it. */
const running = new Set<RunningFixture>();
afterEach(async () => {
  for (const fixture of running) fixture.kill('SIGKILL');
  await Promise.all([...running].map(({ ended }) => ended));
  running.clear();
});

function commandLine({ installation, node }: Runtime) {
  const folder = installationFolder(installation);
  const program = (args: readonly string[], env: Readonly<Record<string, string>> = {}) => ({
    installation,
    node,
    folder,
    command: [path.join(folder, 'node_modules/pg-otel/dist/cli/main.js')],
    args: ['alerts', ...args],
    env: { ...nothing, ...env },
  });
  const run = (args: readonly string[], env?: Readonly<Record<string, string>>): Promise<FixtureResult> =>
    runFixture(program(['bridge', ...args], env));
  /** A bridge that listens on a free port. */
  async function start(args: readonly string[], env?: Readonly<Record<string, string>>) {
    const url = `http://127.0.0.1:${await freePort()}`;
    const fixture = startFixture(program(['bridge', '--listen', url.slice('http://'.length), ...args], env));
    running.add(fixture);
    await fixture.waitForOutput(url);
    return { fixture, url };
  }
  return { program, run, start };
}

describe.each(titled(onePerMajorVersion()))('pg-otel alerts bridge on %s', (_, runtime) => {
  const { installation, node } = runtime;
  const { start } = commandLine(runtime);

  it("accepts the requests of OpenTelemetry's exporter", async () => {
    const { fixture, url } = await start(['--alertmanager', alertmanager.url]);
    const { stderr, code } = await runFixture({
      installation,
      node,
      type: 'commonjs',
      source: `
        const { NodeSDK } = require('@opentelemetry/sdk-node');
        const api = require('@opentelemetry/api');
        // The API of 3.x includes logs; in 2.x they are a separate package.
        const { logs } = api.logs ? api : require('@opentelemetry/api-logs');
        const { trace } = api;
        const sdk = new NodeSDK({ instrumentations: [] });
        sdk.start();
        trace.getTracer('t').startActiveSpan('s', (span) => {
          logs.getLogger('t').emit({
            timestamp: new Date('2026-01-02T03:04:05.678Z'),
            attributes: {
              'pg_otel.alert.rule': 'PgSlowQuery',
              'pg_otel.alert.label.severity': 'warning',
              'pg_otel.alert.annotation.elapsed': 1.5,
              'pg_otel.alert.annotation.running': 3,
            },
          });
          console.log(span.spanContext().traceId);
          span.end();
        });
        sdk.shutdown();
      `,
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: url,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
        OTEL_LOGS_EXPORTER: 'otlp',
        OTEL_TRACES_EXPORTER: 'none',
        OTEL_METRICS_EXPORTER: 'none',
      },
    });
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(alertmanager.stored()).toEqual([
      {
        labels: { alertname: 'PgSlowQuery', severity: 'warning' },
        annotations: expect.objectContaining({ elapsed: '1.5', running: '3' }),
        startsAt: '2026-01-02T03:04:05.678Z',
        endsAt: expect.any(String),
      },
    ]);
    fixture.kill('SIGTERM');
    await fixture.ended;
  });

  it('is not loaded by an application', async () => {
    const { stdout, code } = await runFixture({
      installation,
      node,
      type: 'commonjs',
      source: `
        require('pg-otel/register');
        const files = Object.keys(require.cache).filter((file) => /@pg-otel.alerts|node_modules.zod|pg-otel.dist.cli/.test(file));
        console.log(JSON.stringify(files));
      `,
      env: { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' },
    });
    expect([code, stdout]).toEqual([0, '[]\n']);
  });
});

describe.each(titled(anyRuntime()))('pg-otel alerts bridge with any SDK, on %s', (_, runtime) => {
  const { program, run, start } = commandLine(runtime);
  const postBreach = (url: string, headers: Readonly<Record<string, string>> = {}) =>
    fetch(`${url}/v1/logs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"attributes":[{"key":"pg_otel.alert.rule","value":{"stringValue":"A"}}]}]}]}]}',
    });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'reports where it listens, and that %s has stopped it',
    async (signal) => {
      const { fixture, url } = await start(['--alertmanager', alertmanager.url]);
      fixture.kill(signal);
      expect(await fixture.ended).toEqual({
        stdout: `Listening for OTLP on ${url}\nStopped by ${signal}\n`,
        stderr: '',
        code: 0,
        signal: null,
      });
    },
  );

  it('prints JSON for programs', async () => {
    const { fixture, url } = await start(['--alertmanager', alertmanager.url, '--json']);
    fixture.kill('SIGTERM');
    const { stdout } = await fixture.ended;
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((text) => JSON.parse(text)),
    ).toEqual([{ host: '127.0.0.1', port: Number(new URL(url).port), url }, { stopped: 'SIGTERM' }]);
  });

  it('reads secrets from the environment, and prints none of them', async () => {
    const { fixture, url } = await start([], {
      PG_OTEL_BRIDGE_ALERTMANAGER: `${alertmanager.url.replace('//', '//user:hunter2@')} http://user:hunter2@127.0.0.1:9`,
      PG_OTEL_BRIDGE_TOKEN: 'hunter3',
    });
    expect((await postBreach(url)).status).toBe(503);
    expect((await postBreach(url, { authorization: 'Bearer hunter3' })).status).toBe(200);
    fixture.kill('SIGTERM');
    const { stdout, stderr } = await fixture.ended;
    expect(stderr).toMatch(
      /^log records not accepted: the bearer token is missing or wrong\nAlertmanager http:\/\/127\.0\.0\.1:9 cannot be reached: /,
    );
    expect(stdout + stderr).not.toMatch(/hunter/);
  });

  it('warns who can reach it when there is no token', async () => {
    const port = await freePort();
    const fixture = startFixture(
      program(['bridge', '--webhook', 'http://localhost:9', '--listen', `0.0.0.0:${port}`]),
    );
    running.add(fixture);
    await fixture.waitForOutput('no token is set');
    fixture.kill('SIGTERM');
    expect((await fixture.ended).stderr).toBe(
      `Anyone who can reach http://0.0.0.0:${port} can raise alerts: no token is set.\n`,
    );
  });

  it('reports that its port is in use', async () => {
    const { url } = await start(['--alertmanager', alertmanager.url]);
    const { host } = new URL(url);
    const { stderr, code } = await run(['--alertmanager', alertmanager.url, '--listen', host]);
    expect([code, stderr]).toEqual([
      1,
      `The bridge does not start: --listen: listen EADDRINUSE: address already in use ${host}\n`,
    ]);
  });

  const webhook = ['--webhook', 'http://a'];
  it.each<[string[], Record<string, string>, string]>([
    [[], {}, '--alertmanager must have a URL unless --webhook is set'],
    [['--alertmanager', 'localhost:hunter2'], {}, '--alertmanager must be a URL like http://localhost:9093'],
    [[], { PG_OTEL_BRIDGE_ALERTMANAGER: 'hunter2' }, 'PG_OTEL_BRIDGE_ALERTMANAGER must be a URL like'],
    [[], { PG_OTEL_BRIDGE_WEBHOOK: 'hunter2' }, 'PG_OTEL_BRIDGE_WEBHOOK must be a URL like'],
    [
      webhook,
      { PG_OTEL_BRIDGE_TOKEN: 'a hunter2' },
      'PG_OTEL_BRIDGE_TOKEN must be a string that is not empty',
    ],
    [webhook, { PG_OTEL_BRIDGE_TOKEN: '' }, 'PG_OTEL_BRIDGE_TOKEN must be a string that is not empty'],
    [
      ['--listen', 'http://u:hunter2@a'],
      {},
      '--listen must be host:port like 127.0.0.1:4319, got a value like a URL',
    ],
    [
      ['--listen', '127.0.0.1:70000'],
      {},
      '--listen must be host:port like 127.0.0.1:4319, got "127.0.0.1:70000"',
    ],
    [[...webhook, '--hold', 'long'], {}, '--hold must be a number, got "long"'],
    [[...webhook, '--hold', '0'], {}, '--hold must be a number from 1 to 86400 (seconds), got 0'],
    [
      ['--token-file', '/nowhere'],
      {},
      '--token-file must be a file that can be read (ENOENT), got "/nowhere"',
    ],
    [['--tls-cert', '/nowhere'], {}, '--tls-cert needs --tls-key'],
    [['--colour'], {}, "Unknown option '--colour'"],
  ])('%j with %j is bad input, and the message contains no secret', async (args, env, message) => {
    const { stdout, stderr, code } = await run(args, env);
    expect({ code, stdout, stderr: stderr.slice(0, message.length) }).toEqual({
      code: 2,
      stdout: '',
      stderr: message,
    });
    expect(stderr).not.toContain('hunter2');
  });

  it('does not start with an invalid certificate', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'bridge-'));
    try {
      const file = path.join(folder, 'no.pem');
      await writeFile(file, 'hunter2');
      const { stderr, code } = await run(['--webhook', 'http://a', '--tls-cert', file, '--tls-key', file]);
      expect([code, stderr]).toEqual([1, expect.stringMatching(/^The bridge does not start: /)]);
      expect(stderr).not.toContain('hunter2');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('has a help text, and so does the command group', async () => {
    const own = await run(['--help']);
    const above = await runFixture(program(['--help']));
    const unknown = await runFixture(program(['dance']));
    expect([own.code, above.code, unknown.code]).toEqual([0, 0, 2]);
    expect(own.stdout).toMatch(/^Usage: pg-otel alerts bridge /);
    expect(above.stdout).toMatch(/^Usage: pg-otel alerts <command> .*\n {2}bridge {2}Receives /s);
    expect(unknown.stderr).toBe('There is no command "dance".\nSee pg-otel alerts --help\n');
  });
});
