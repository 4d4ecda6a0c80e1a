import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import {
  type NeonEndpoint,
  type OtlpCapture,
  type PostgresServer,
  pollUntil,
  startNeonEndpoint,
  startOtlpCapture,
  startPostgres,
} from '@pg-otel/testkit';
import { commandOf, endExamples, folderOf, type RunningExample, startExample } from './example';

let postgres: PostgresServer;
let endpoint: NeonEndpoint;
let capture: OtlpCapture;

beforeAll(async () => {
  [postgres, capture] = await Promise.all([startPostgres({ database: 'links' }), startOtlpCapture()]);
  endpoint = await startNeonEndpoint(postgres);
});
afterAll(async () => {
  endExamples();
  await endpoint.stop();
  await Promise.all([postgres.stop(), capture.stop()]);
});

/** The process of the function, which the example has started. */
function functionInstance({ pid }: RunningExample): { pid: number; isFrozen: boolean } | undefined {
  const processes = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' });
  const [found] = processes
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, parent]) => parent === String(pid));
  return found && { pid: Number(found[0]), isFrozen: found[2]?.startsWith('T') === true };
}

const newSpans = () => capture.spans().map(({ name, attributes }) => attributes['faas.coldstart'] ?? name);

it('exports the telemetry of each invocation before the process is frozen', async () => {
  await promisify(execFile)(process.execPath, commandOf('lambda-neon', 'migrate'), {
    cwd: folderOf('lambda-neon'),
    env: { ...process.env, ...endpoint.env },
  });
  const example = await startExample('lambda-neon', {
    ...capture.env,
    ...endpoint.env,
    PG_OTEL_INSTRUMENTATIONS: 'none',
  });

  const shortened = await example.request('/', { method: 'POST', body: 'https://www.postgresql.org/' });
  expect(shortened).toMatchObject({ status: 201, body: { links: 1 } });
  expect(newSpans().sort()).toEqual(['BATCH', 'connect links', true]);
  expect(capture.metrics().map(({ name }) => name)).toContain('db.client.operation.duration');
  const frozen = () => functionInstance(example)?.isFrozen === true;
  await pollUntil(async () => frozen());

  capture.clear();
  const { slug } = shortened.body as { slug: string };
  const followed = await example.request(`/${slug}`);
  expect(followed.status).toBe(302);
  expect(followed.headers.get('location')).toBe('https://www.postgresql.org/');
  // It opens a connection if that of the first invocation was idle for long, as on a slow machine.
  expect(newSpans().filter((name) => name !== 'connect links')).toEqual(['UPDATE links', false]);
  await pollUntil(async () => frozen());

  // Lambda has ended the instance.
  capture.clear();
  process.kill(functionInstance(example)?.pid as number, 'SIGKILL');
  await pollUntil(async () => functionInstance(example) === undefined);
  expect(await example.request('/unknown')).toMatchObject({ status: 404 });
  expect(newSpans().sort()).toEqual(['UPDATE links', 'connect links', true]);

  const { code, signal, stderr } = await example.stop();
  expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
});
