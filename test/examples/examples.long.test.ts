import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import {
  type OtlpCapture,
  type PostgresServer,
  placeInInstallation,
  repository,
  runFixture,
  runtimes,
  startFixture,
  startOtlpCapture,
  startPostgres,
  titled,
} from '@pg-otel/testkit';
import { commandOf } from './example';

let postgres: PostgresServer;
let capture: OtlpCapture;

beforeAll(async () => {
  [postgres, capture] = await Promise.all([startPostgres({ database: 'app' }), startOtlpCapture()]);
});
afterAll(() => Promise.all([postgres.stop(), capture.stop()]));
beforeEach(() => capture.clear());

const examples = path.join(repository, 'examples');

describe.each(titled(runtimes()))('examples/existing-sdk on %s', (_title, { installation, node }) => {
  let folder: string;
  beforeAll(() => {
    folder = placeInInstallation(installation, path.join(examples, 'existing-sdk'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('exports its query and its connection', async () => {
    const result = await runFixture({
      installation,
      node,
      folder,
      command: commandOf('existing-sdk', 'start'),
      env: {
        ...postgres.env,
        ...capture.env,
        OTEL_METRICS_EXPORTER: 'otlp',
        OTEL_SERVICE_NAME: 'existing-sdk',
      },
    });
    expect(result).toEqual({
      stdout: expect.stringMatching(/^\d+ tables\n$/),
      stderr: '',
      code: 0,
      signal: null,
    });
    const names = capture.spans().map(({ name }) => name);
    expect(names.sort()).toEqual(['SELECT pg_class', 'acquire app', 'connect app']);
    const services = capture.spans().map(({ resource }) => resource['service.name']);
    expect(new Set(services)).toEqual(new Set(['existing-sdk']));
    const durations = capture.metrics().filter((metric) => metric.name === 'db.client.operation.duration');
    expect(durations.at(-1)?.points.map((point) => point.count)).toEqual([1]);
  });

  it('exports what is left when SIGTERM stops it', async () => {
    writeFileSync(path.join(folder, 'server.js'), "import './app.js';\nsetInterval(() => {}, 1_000);\n");
    const program = startFixture({
      installation,
      node,
      folder,
      command: ['--import', './instrumentation.js', 'server.js'],
      // Nothing is exported by time.
      env: { ...postgres.env, ...capture.env, OTEL_BSP_SCHEDULE_DELAY: '3600000' },
    });
    await program.waitForOutput('tables');
    program.kill('SIGTERM');
    const { code, signal, stderr } = await program.ended;
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
    const run = [...readme.matchAll(/npm (start|run [\w:-]+)/g)].map(([, command]) =>
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
