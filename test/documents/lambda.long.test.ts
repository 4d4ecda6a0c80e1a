import { rmSync } from 'node:fs';
import * as path from 'node:path';
import {
  type OtlpCapture,
  type PostgresServer,
  placeInInstallation,
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

/** SIGKILL right after the handler has returned, as Lambda freezes a process: no timer runs any more. */
const INVOKE = `
require('./index.js').handler().then((answer) => {
  process.stdout.write(JSON.stringify(answer), () => process.kill(process.pid, 'SIGKILL'));
});`;

it.each(titled(runtimes()))(
  'the function of docs/guides/lambda-and-edge.md exports its telemetry before it is frozen, on %s',
  async (_, { installation, node }) => {
    const folder = placeInInstallation(
      installation,
      path.join(repository, 'test/setups/applications/lambda'),
    );
    const run = runFixture({
      installation,
      node,
      folder,
      command: ['--eval', INVOKE],
      env: { ...postgres.env, ...capture.env, OTEL_METRICS_EXPORTER: 'otlp' },
    });
    const { stdout, stderr, signal } = await run.finally(() => rmSync(folder, { recursive: true }));
    expect({ stdout, stderr, signal }).toEqual({
      stdout: expect.stringMatching(/^\{"tables":\d+\}$/),
      stderr: '',
      signal: 'SIGKILL',
    });
    expect(
      capture
        .spans()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['SELECT pg_class', 'acquire app', 'connect app']);
    expect(capture.metrics().map(({ name }) => name)).toContain('db.client.operation.duration');
  },
);
