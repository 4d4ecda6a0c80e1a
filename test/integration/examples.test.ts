import { readFileSync, rmSync } from 'node:fs';
import * as path from 'node:path';
import {
  type NeonEndpoint,
  type OtlpCapture,
  type PostgresServer,
  placeInLine,
  type Runtime,
  repository,
  runFixture,
  runtimes,
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

/** Runs `npm run <script>` of an example, as its package.json says, in a line. */
function runScript(name: string, script: string, folder: string, { line, node }: Runtime) {
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
  return runFixture({ line, node, folder, command, env });
}

describe.each(titled(runtimes()))('on %s', (_title, runtime) => {
  it.each([
    { name: 'front-door', scripts: ['start'], others: ['acquire app'] },
    { name: 'existing-sdk', scripts: ['start'], others: ['acquire app'] },
    { name: 'register-only', scripts: ['start'], others: ['acquire app'] },
    { name: 'bundled', scripts: ['build', 'start'], others: ['acquire app'] },
    // Without a pool there is nothing to acquire.
    { name: 'neon', scripts: ['start'], others: [] },
  ])('examples/$name tells of its query and its connection', async ({ name, scripts, others }) => {
    const folder = placeInLine(runtime.line, path.join(examples, name));
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
});
