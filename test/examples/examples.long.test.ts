import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import {
  type NeonEndpoint,
  type OtlpCapture,
  type PostgresServer,
  placeInInstallation,
  type Runtime,
  repository,
  runFixture,
  runtimes,
  startFixture,
  startNeonEndpoint,
  startOtlpCapture,
  startPostgres,
  titled,
} from '@pg-otel/testkit';

let postgres: PostgresServer;
let capture: OtlpCapture;
let endpoint: NeonEndpoint;

beforeAll(async () => {
  [postgres, capture] = await Promise.all([startPostgres({ database: 'app' }), startOtlpCapture()]);
  endpoint = await startNeonEndpoint(postgres);
});
afterAll(() => Promise.all([postgres.stop(), capture.stop(), endpoint.stop()]));
beforeEach(() => capture.clear());

const examples = path.join(repository, 'examples');

/** Runs `npm run <script>` of an example, from its package.json, in an installation. */
function runScript(name: string, script: string, folder: string, { installation, node }: Runtime) {
  const { scripts } = JSON.parse(readFileSync(path.join(examples, name, 'package.json'), 'utf8'));
  const [program, ...command] = (scripts[script] as string).split(' ');
  expect(program).toBe('node');
  const env = {
    ...postgres.env,
    ...endpoint.env,
    ...capture.env,
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_SERVICE_NAME: name,
  };
  return runFixture({ installation, node, folder, command, env });
}

describe.each(titled(runtimes()))('on %s', (_title, runtime) => {
  it.each([
    { name: 'distribution', scripts: ['start'], others: ['acquire app'] },
    { name: 'existing-sdk', scripts: ['start'], others: ['acquire app'] },
    { name: 'register-only', scripts: ['start'], others: ['acquire app'] },
    { name: 'bundled', scripts: ['build', 'start'], others: ['acquire app'] },
    // Without a pool, there is no acquire span.
    { name: 'neon', scripts: ['start'], others: [] },
  ])('examples/$name exports its query and its connection', async ({ name, scripts, others }) => {
    const folder = placeInInstallation(runtime.installation, path.join(examples, name));
    try {
      for (const script of scripts) {
        const result = await runScript(name, script, folder, runtime);
        expect(result).toEqual({
          stdout: script === 'start' ? expect.stringMatching(/^\d+ tables\n$/) : '',
          stderr: '',
          code: 0,
          signal: null,
        });
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
    expect(
      capture
        .spans()
        .map((span) => span.name)
        .sort(),
    ).toEqual(['SELECT pg_class', ...others, 'connect app']);
    expect(new Set(capture.spans().map((span) => span.resource['service.name']))).toEqual(new Set([name]));
    const durations = capture.metrics().filter((metric) => metric.name === 'db.client.operation.duration');
    expect(durations.at(-1)?.points.map((point) => point.count)).toEqual([1]);
  });

  it('examples/existing-sdk exports what is left when SIGTERM stops it', async () => {
    const folder = placeInInstallation(runtime.installation, path.join(examples, 'existing-sdk'));
    writeFileSync(path.join(folder, 'server.js'), "import './app.js';\nsetInterval(() => {}, 1_000);\n");
    const program = startFixture({
      installation: runtime.installation,
      node: runtime.node,
      folder,
      command: ['--import', './instrumentation.js', 'server.js'],
      // Nothing is exported by time.
      env: { ...postgres.env, ...capture.env, OTEL_BSP_SCHEDULE_DELAY: '3600000' },
    });
    await program.waitForOutput('tables');
    program.kill('SIGTERM');
    const { code, signal, stderr } = await program.ended;
    rmSync(folder, { recursive: true });
    expect({ code, signal, stderr }).toEqual({ code: null, signal: 'SIGTERM', stderr: '' });
    expect(capture.spans().map(({ name }) => name)).toContain('SELECT pg_class');
    expect(capture.metrics().map(({ name }) => name)).toContain('db.client.operation.duration');
  });
});

it.each(readdirSync(examples, { withFileTypes: true }).filter((entry) => entry.isDirectory()))(
  'examples/$name has a README that the list links, with the commands of its package.json',
  ({ name }) => {
    const readme = readFileSync(path.join(examples, name, 'README.md'), 'utf8');
    const scriptsIn = (folder: string) =>
      JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')).scripts;
    // Those of the repository as well, such as `npm run demo`.
    const scripts = { ...scriptsIn(repository), ...scriptsIn(path.join(examples, name)) };
    const run = [...readme.matchAll(/npm (start|run [\w:]+)/g)].map(([, command]) =>
      command?.replace('run ', ''),
    );
    for (const script of run) expect(scripts).toHaveProperty([script as string]);
    expect(readme).toMatch(/^# /);
    expect(readme).toMatch(/^ *```sh\b/m);
    expect(readFileSync(path.join(examples, 'README.md'), 'utf8')).toContain(
      `| [${name}](${name}/README.md) |`,
    );
  },
);
