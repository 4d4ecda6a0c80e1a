import { readFileSync, rmSync } from 'node:fs';
import * as path from 'node:path';
import {
  type OtlpCapture,
  type PostgresServer,
  placeInLine,
  type Runtime,
  repository,
  runFixture,
  runtimes,
  startOtlpCapture,
  startPostgres,
  titled,
} from '@pg-otel/testkit';

let postgres: PostgresServer;
let capture: OtlpCapture;

beforeAll(async () => {
  [postgres, capture] = await Promise.all([startPostgres({ database: 'app' }), startOtlpCapture()]);
});
afterAll(() => Promise.all([postgres.stop(), capture.stop()]));
beforeEach(() => capture.clear());

const examples = path.join(repository, 'examples');

/** Runs `npm run <script>` of an example, as its package.json says, in a line. */
function runScript(name: string, script: string, folder: string, { line, node }: Runtime) {
  const { scripts } = JSON.parse(readFileSync(path.join(examples, name, 'package.json'), 'utf8'));
  const [program, ...command] = (scripts[script] as string).split(' ');
  expect(program).toBe('node');
  const env = { ...postgres.env, ...capture.env, OTEL_METRICS_EXPORTER: 'otlp', OTEL_SERVICE_NAME: name };
  return runFixture({ line, node, folder, command, env });
}

describe.each(titled(runtimes()))('on %s', (_title, runtime) => {
  it.each([
    { name: 'front-door', scripts: ['start'] },
    { name: 'existing-sdk', scripts: ['start'] },
    { name: 'register-only', scripts: ['start'] },
    { name: 'bundled', scripts: ['build', 'start'] },
  ])('examples/$name tells of its query and its connection', async ({ name, scripts }) => {
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
    ).toEqual(['SELECT pg_class', 'acquire app', 'connect app']);
    expect(new Set(capture.spans().map((span) => span.resource['service.name']))).toEqual(new Set([name]));
    const durations = capture.metrics().filter((metric) => metric.name === 'db.client.operation.duration');
    expect(durations.at(-1)?.points.map((point) => point.count)).toEqual([1]);
  });
});
