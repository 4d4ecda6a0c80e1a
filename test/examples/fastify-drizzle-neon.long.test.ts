import { execFile } from 'node:child_process';
import * as path from 'node:path';
import { promisify } from 'node:util';
import {
  type NeonEndpoint,
  type OtlpCapture,
  type PostgresServer,
  repository,
  startNeonEndpoint,
  startOtlpCapture,
  startPostgres,
} from '@pg-otel/testkit';
import { endExamples, folderOf, post, startExample, traceOf } from './example';

const drizzleKit = path.join(repository, 'node_modules/drizzle-kit/bin.cjs');
/** Of a pooler that nobody must reach. */
const POOLED = 'postgresql://app:geheim@127.0.0.1:6432/tickets';

let postgres: PostgresServer;
let endpoint: NeonEndpoint;
let capture: OtlpCapture;

beforeAll(async () => {
  [postgres, capture] = await Promise.all([startPostgres({ database: 'tickets' }), startOtlpCapture()]);
  endpoint = await startNeonEndpoint(postgres);
});
afterAll(async () => {
  endExamples();
  await endpoint.stop();
  await Promise.all([postgres.stop(), capture.stop()]);
});

async function kit(
  command: string,
  urls: Readonly<Record<string, string>>,
): Promise<{ output: string; code: number }> {
  const { PATH = '', HOME = '' } = process.env;
  const run = promisify(execFile)(process.execPath, [drizzleKit, command], {
    cwd: folderOf('fastify-drizzle-neon'),
    env: { PATH, HOME, NODE_ENV: 'production', ...urls },
  });
  return run.then(
    ({ stdout, stderr }) => ({ output: stdout + stderr, code: 0 }),
    ({ stdout, stderr, code }) => ({ output: stdout + stderr, code }),
  );
}

it('migrates over the direct connection, to the schema of the application', async () => {
  const urls = { DATABASE_URL: POOLED, DATABASE_URL_UNPOOLED: postgres.url };
  const migrated = await kit('migrate', urls);
  expect(migrated).toMatchObject({ output: expect.stringContaining('migrations applied'), code: 0 });
  expect((await kit('migrate', urls)).code).toBe(0);
  expect(await kit('generate', urls)).toMatchObject({
    output: expect.stringContaining('No schema changes'),
    code: 0,
  });
});

it('does not migrate over a pooler, and repeats no password', async () => {
  const { output, code } = await kit('migrate', { DATABASE_URL: POOLED });
  expect(output).toContain(
    'DATABASE_URL_UNPOOLED must be set to a direct connection: DATABASE_URL goes through a pooler',
  );
  expect(output).not.toContain('geheim');
  expect(code).toBe(1);
});

it('compiles in strict mode, with the types of the packages that it uses', async () => {
  const tsc = path.join(repository, 'node_modules/typescript/bin/tsc');
  const compiled = promisify(execFile)(process.execPath, [tsc, '-p', folderOf('fastify-drizzle-neon')]);
  expect(await compiled.catch(({ stdout }) => ({ stdout }))).toMatchObject({ stdout: '' });
});

it('reads over HTTP and books over WebSocket, with each request and its queries in one trace', async () => {
  const example = await startExample('fastify-drizzle-neon', {
    ...capture.env,
    ...endpoint.env,
    PG_OTEL_INSTRUMENTATIONS: 'http,fastify',
  });
  const list = await example.request('/concerts');
  const booked = await example.request('/concerts/2/tickets', post({ holder: 'Ada' }));
  const soldOut = await example.request('/concerts/2/tickets', post({ holder: 'Bob' }));
  const read = await example.request('/concerts/2');
  expect(list).toMatchObject({ status: 200, body: [{ title: 'Winterreise' }, { seatsLeft: 1 }] });
  expect(booked).toMatchObject({ status: 201, body: { concertId: 2, holder: 'Ada' } });
  expect(soldOut).toMatchObject({ status: 409 });
  expect(read).toMatchObject({ status: 200, body: { seatsLeft: 0, latest: [{ holder: 'Ada' }] } });
  expect(await example.request('/concerts/x')).toMatchObject({ status: 400 });
  expect(await example.request('/concerts/3')).toMatchObject({ status: 404 });
  expect(await example.request('/concerts/2/tickets', post({}))).toMatchObject({ status: 400 });
  const page = await example.request('/insights');
  expect(page.body).toContain('<title>Postgres insights</title>');

  const live = await fetch(`${example.url}/insights/live`);
  const { code, signal, stderr } = await example.stop();
  await live.body?.cancel().catch(() => undefined);
  expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });

  // Later requests open a connection if one was idle for long, as on a slow machine.
  const connect = ['CLIENT connect tickets', 'CLIENT GET'];
  const queriesOf = (...answers: Parameters<typeof traceOf>[1][]) =>
    answers.map((answer) => traceOf(capture, answer).filter((line) => !connect.includes(line.trim())));
  expect(queriesOf(list, booked, soldOut, read)).toEqual([
    ['SERVER GET /concerts', '  INTERNAL request', '    INTERNAL handler - listConcerts', `      ${SELECT}`],
    request(
      'POST /concerts/:id/tickets',
      'CLIENT begin',
      'CLIENT commit',
      'CLIENT insert "tickets"',
      'CLIENT update "concerts"',
      'INTERNAL acquire tickets',
    ),
    request(
      'POST /concerts/:id/tickets',
      'CLIENT begin',
      'CLIENT rollback',
      'CLIENT update "concerts"',
      'INTERNAL acquire tickets',
    ),
    request('GET /concerts/:id', 'CLIENT BATCH'),
  ]);
  // The connection of `fetch`, and that of the pool, which is a WebSocket.
  expect(traceOf(capture, list).slice(-2)).toEqual([`      ${SELECT}`, '        CLIENT connect tickets']);
  expect(traceOf(capture, booked).slice(-2)).toEqual([
    '        CLIENT connect tickets',
    '          CLIENT GET',
  ]);
});

const SELECT = 'CLIENT select "concerts"';

function request(title: string, ...queries: string[]): string[] {
  return [
    `SERVER ${title}`,
    '  INTERNAL request',
    '    INTERNAL handler - fastify -> @fastify/otel',
    ...queries.map((query) => `      ${query}`),
  ];
}
