import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';
import {
  anyRuntime,
  type FixtureResult,
  installationFolder,
  type PrometheusStandIn,
  repository,
  runFixture,
  startPrometheusStandIn,
  titled,
} from '@pg-otel/testkit';

// A stand-in for Prometheus, to test how the command uses its answers.
let prometheus: PrometheusStandIn;
beforeAll(async () => {
  prometheus = await startPrometheusStandIn();
});
beforeEach(() => prometheus.clear());
afterAll(() => prometheus.stop());

/** Without the settings of the machine that runs the tests; an empty variable counts as unset. */
const nothing = Object.fromEntries(
  [
    'DATABASE_URL',
    'DATABASE_URL_UNPOOLED',
    'EXPECTED_CONCURRENT_USERS',
    'AVG_QUERIES_PER_USER',
    'PEAK_RPS',
    'APP_ENV',
    'AWS_LAMBDA_FUNCTION_NAME',
    'VERCEL',
    'NETLIFY',
    'FUNCTION_TARGET',
    'FUNCTIONS_WORKER_RUNTIME',
  ].map((name) => [name, '']),
);

const OF_POOL = '{job="orders",db_client_connection_pool_name="shop"}';
const count = (window: string) =>
  `sum(increase(db_client_connection_use_time_seconds_count${OF_POOL}[${window}]))`;
const rate = `rate(db_client_connection_use_time_seconds_count${OF_POOL}[30s])`;

/** A server that is not Prometheus. */
async function answering(answer: (response: ServerResponse) => void) {
  const server = createServer((_, response) => answer(response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const stop = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { url: `http://127.0.0.1:${port}`, stop };
}

/** Half a day of a service with four processes. */
function measuredHalfDay() {
  const one = (value: number) => [{ labels: {}, value }];
  const pool = {
    job: 'orders',
    db_client_connection_pool_name: 'shop',
    db_namespace: 'shop',
    server_address: 'db',
  };
  return {
    'sum by (job, db_client_connection_pool_name, db_namespace, server_address) (increase(db_client_connection_use_time_seconds_count[12h]))':
      [{ labels: pool, value: 9_000_000 }],
    [`max_over_time(sum(${rate})[12h:30s])`]: one(4000),
    [`sum(increase(db_client_connection_use_time_seconds_sum${OF_POOL}[12h])) / ${count('12h')}`]: one(0.01),
    [`sum by (le) (increase(db_client_connection_use_time_seconds_bucket${OF_POOL}[12h]))`]: [],
    [`quantile_over_time(0.5, count(sum by (instance) (${rate}) > 0)[12h:30s])`]: one(4),
    [`sum(increase(db_client_operation_duration_seconds_count{job="orders",db_namespace="shop",server_address="db"}[12h])) / ${count('12h')}`]:
      one(2),
  };
}

describe.each(titled(anyRuntime()))('pg-otel plan on %s', (_, { installation, node }) => {
  const plan = (
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<FixtureResult> =>
    runFixture({
      installation,
      node,
      folder: installationFolder(installation),
      command: [path.join(installationFolder(installation), 'node_modules/pg-otel/dist/cli/main.js')],
      args: ['plan', ...args],
      env: { ...nothing, ...env },
    });
  const json = async (args: readonly string[], env?: Readonly<Record<string, string>>) => {
    const { stdout, stderr, code } = await plan([...args, '--json'], env);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    return JSON.parse(stdout);
  };

  it('plans for the environment in which it runs', async () => {
    const report = await json(['--processes', '4', '--server-connections', '100'], {
      NODE_ENV: 'production',
      PEAK_RPS: '700',
      OTEL_SERVICE_NAME: 'orders',
    });
    expect(report).toEqual({
      version: '0.1.0',
      plan: expect.objectContaining({
        environment: 'production',
        pool: expect.objectContaining({ max: 14, min: 2, application_name: 'orders' }),
        bound: 'wait',
        fleet: { processes: 4, connections: 56, budget: 97 },
      }),
      whatIf: expect.any(Array),
      curves: { byPoolSize: expect.any(Array), byLoad: expect.any(Array) },
      assumedUseTimeSeconds: 0.05,
      measured: null,
    });
    expect(
      report.whatIf.map(({ scenario, processes, planned }: Record<string, unknown>) => [
        scenario,
        processes,
        (planned as { max: number }).max,
      ]),
    ).toEqual([
      ['today', 4, 14],
      ['load × 2', 4, 23],
      ['load × 5', 4, 23],
      ['one process lost', 3, 17],
    ]);
  });

  it('knows the connection limit of Neon by its size, and accepts another one', async () => {
    const report = await json(['--processes', '8', '--neon-cu', '0.25', '--max', '20'], {
      NODE_ENV: 'production',
      PEAK_RPS: '700',
    });
    expect(report.plan).toMatchObject({
      pool: { max: 20 },
      bound: 'override',
      connections: { share: 11 },
      overrides: [{ name: 'max', value: 20, insteadOf: 10 }],
    });
    const codes = report.plan.warnings.map(({ code }: { code: string }) => code);
    expect(codes).toContain('override-above-share');
  });

  it('shows the plan, charts, scenarios and reasons as text', async () => {
    const { stdout, stderr, code } = await plan(['--processes', '4', '--server-connections', '100'], {
      NODE_ENV: 'production',
      PEAK_RPS: '700',
      DATABASE_URL: 'postgres://user:hunter2@db/shop',
    });
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(stdout.split('\n').slice(0, 6)).toEqual([
      'Environment: production, as set by NODE_ENV',
      '',
      'Pool for production: max 14',
      '  bound by     the p99 wait',
      '  connections  needed 14 · share of the server 23 · range 10 to 30',
      '  fleet        4 processes × 14 = 56 connections, of 97 there are',
    ]);
    expect(stdout).toContain('\nLoad of one process\n  rate         175 checkouts/s (700/s of the fleet)\n');
    expect(stdout).toContain(
      '\np99 wait by pool size  (┊ target 25 ms, ▶ more than four times that; if a use takes the guessed 50 ms)\n' +
        '   max 8 ▏███████████████████████████████████████▶ saturated\n',
    );
    expect(stdout).toMatch(/\n {2}max 14 ▏█+.? *┊ +[\d.]+ ms +← planned, needed\n/);
    expect(stdout).toMatch(/\n {5}× 2 ▏█{39}▶ saturated +← 1400\/s\n/);
    expect(stdout).toMatch(/\n {2}load × 5 +4 +313 % +saturated +max 23, needs 55 +saturated +92\n/);
    expect(stdout).toMatch(/\n {2}one process lost +3 +83\.3 % .* max 17, needs 17 .* 51\n/);
    expect(stdout).toContain('\nReasons\n  · 700 checkouts/s for the whole fleet');
    expect(stdout).toContain('\nWarnings\n  ! the use time of 50 ms is a guess');
    expect(stdout).not.toContain('\x1b');
    expect(stdout).not.toContain('hunter2');
  });

  it('has the output that docs/guides/size-a-pool.md shows', async () => {
    const args = ['--processes', '4', '--server-connections', '100'];
    const { stdout } = await plan(args, { NODE_ENV: 'production', PEAK_RPS: '700' });
    const guide = readFileSync(path.join(repository, 'docs/guides/size-a-pool.md'), 'utf8');
    expect(guide).toContain(`npx pg-otel plan ${args.join(' ')}\n${stdout.split('\nReasons')[0]}`);
  });

  it('draws no chart when the load is unknown', async () => {
    const [text, report] = await Promise.all([plan([]), json([])]);
    expect(text.stdout).toContain('Pool for development: max 5\n');
    expect(text.stdout).toContain('not known');
    expect(text.stdout).not.toMatch(/p99|What if/);
    expect(report).toMatchObject({ whatIf: null, curves: null, assumedUseTimeSeconds: null });
  });

  const fromMetrics = () => ['--from-metrics', prometheus.url, '--window', '12h', '--step', '30s'];

  it('plans from measurements, and lists them with their queries', async () => {
    prometheus.answers = measuredHalfDay();
    const report = await json(fromMetrics(), { NODE_ENV: 'production', PEAK_RPS: '100' });
    expect(Object.values(report.measured.queries)).toEqual(Object.keys(measuredHalfDay()));
    expect(report.plan).toMatchObject({
      pool: { max: 13 },
      fleet: { processes: 4 },
      load: { checkoutsPerSecond: 1000, useTimeSeconds: 0.01, isUseTimeMeasured: true, batchSize: 1 },
    });
    expect(report.assumedUseTimeSeconds).toBeNull();
  });

  it('shows the measurements as text; --processes takes precedence', async () => {
    prometheus.answers = measuredHalfDay();
    const { stdout } = await plan([...fromMetrics(), '--processes', '8'], { NODE_ENV: 'production' });
    expect(stdout).toContain(`
Measured
  from       pool "shop" of orders, last 12h, ${prometheus.url}
  peak       4000 checkouts/s of the fleet, a mean over 30s
  use time   mean 10 ms, CV² not in the metrics
  queries    2 in a checkout
  processes  4 (median)

Load of one process
  rate         500 checkouts/s (4000/s of the fleet)
  use time     10 ms (measured)
`);
  });

  it('exits with code 1 when the metrics cannot be read', async () => {
    expect(await plan(['--from-metrics', `${prometheus.url}/grafana`])).toMatchObject({
      stdout: '',
      stderr: expect.stringMatching(/^\S+\/grafana does not answer as Prometheus does .*\n$/),
      code: 1,
    });
  });

  it.each([
    ['null', 'null'],
    ['a list', '[]'],
    ['no result', '{"status":"success","data":{"resultType":"vector","result":null}}'],
    ['a result that is no list', '{"status":"success","data":{"resultType":"vector","result":{"length":1}}}'],
    ['a sample of nothing', '{"status":"success","data":{"resultType":"vector","result":[null]}}'],
    ['no value', '{"status":"success","data":{"resultType":"vector","result":[{"metric":{}}]}}'],
    [
      'a label of another type',
      '{"status":"success","data":{"resultType":"vector","result":[{"metric":{"job":{}},"value":[0,"1"]}]}}',
    ],
    ['an error of another type', '{"status":"error","error":{}}'],
  ])('reports that a server is not Prometheus when it answers %s', async (_case, body) => {
    const { url, stop } = await answering((response) => response.end(body));
    expect(await plan(['--from-metrics', url])).toMatchObject({
      stdout: '',
      stderr: expect.stringMatching(/^\S+ does not answer as Prometheus does [^\n]*\n$/),
      code: 1,
    });
    await stop();
  });

  it('does not read an endless answer', async () => {
    const { url, stop } = await answering((response) => {
      const write = () => {
        while (response.write('x'.repeat(65_536)));
        response.once('drain', write);
      };
      write();
    });
    expect(await plan(['--from-metrics', url])).toMatchObject({
      stderr: `${url} answers with more than 16777216 bytes\n`,
      code: 1,
    });
    await stop();
  });

  it('escapes control sequences in the names of pools and services', async () => {
    const [pools = '', ...others] = Object.keys(measuredHalfDay());
    const hostile = { job: 'a\nWarnings', db_client_connection_pool_name: 'x\u001b[2J\u009b\u202ey' };
    prometheus.answers = {
      [pools]: Array.from({ length: 30 }, (_one, index) => ({
        labels: {
          ...hostile,
          db_client_connection_pool_name: `${hostile.db_client_connection_pool_name}${index}`,
        },
        value: 1,
      })),
    };
    expect(others).not.toEqual([]);
    const { stderr, code } = await plan(fromMetrics());
    expect(code).toBe(2);
    expect(stderr).toContain('"x\\u001b[2J\\u009b\\u202ey0" of service "a\\nWarnings", ');
    expect(stderr).toMatch(/, and 10 more; choose one by --pool\n$/);
    expect(stderr.trimEnd()).toMatch(/^[^\p{Cc}\u202e]+$/u);
  });

  it('accepts a password in the URL that is not encoded', async () => {
    const url = prometheus.url.replace('//', '//user:50%@');
    const { stderr } = await plan(['--from-metrics', url]);
    expect(stderr).not.toContain('50%');
    expect(prometheus.requests[0]?.authorization).toBe(`Basic ${Buffer.from('user:50%').toString('base64')}`);
  });

  it('names the origin of measurements that allow no plan', async () => {
    prometheus.answers = measuredHalfDay();
    expect(await plan([...fromMetrics(), '--server-connections', '6'])).toMatchObject({
      stderr:
        'limits.processes must be at most 3, the connections there are (max_connections 6 − 3 reserved − 0 of others), ' +
        'got 4 (from the metrics)\n',
      code: 2,
    });
  });

  it.each([
    [['--processes', 'many'], {}, '--processes must be a number, got "many"'],
    [['--processes', ''], {}, '--processes must be a number, got ""'],
    [
      ['--processes', '1.5'],
      {},
      /^--processes must be a whole number .* got 1\.5 \(from the command line\)$/,
    ],
    [['--server-connections=-1'], {}, /^--server-connections must be .* got -1 \(from the command line\)$/],
    [['--neon-cu', '0.3'], {}, /^--neon-cu must be 0\.25, 0\.5 or .* got 0\.3 \(from the command line\)$/],
    [['--max', '0'], {}, /^--max must be .* got 0 \(from the command line\)$/],
    [['--processes', '98', '--server-connections', '100'], {}, /^--processes must be at most 97, .* got 98 /],
    [['--pool', 'shop'], {}, '--pool has no effect without --from-metrics'],
    [['--from-metrics', 'prometheus:9090'], {}, /^--from-metrics must be the URL of a Prometheus, like /],
    [
      ['--from-metrics', 'http://localhost:1', '--window', '1 day'],
      {},
      /^--window must be a duration like .* "1 day"$/,
    ],
    [
      ['--processes', '-4'],
      {},
      '--processes must be a whole number from 1 to 1000000, got -4 (from the command line)',
    ],
    [
      ['--environment', 'prod'],
      {},
      '--environment must be one of production, staging, development, test, serverless, got "prod" (from the command line)',
    ],
    [[], { PEAK_RPS: 'fast' }, /^PEAK_RPS must be a number .* got "fast" \(from the environment\)$/],
    [[], { NODE_ENV: 'prod' }, /^NODE_ENV must be one of .* got "prod" \(from the environment\)$/],
    [
      [],
      { DATABASE_URL: 'user:hunter2@db' },
      /^DATABASE_URL must be a URL like .* \(from the environment\)$/,
    ],
    [
      ['--from-metrics', 'postgres://user:hunter2@db/shop'],
      {},
      /^--from-metrics must be the URL of a Prometheus/,
    ],
    [
      ['--processes', 'postgres://user:hunter2@db/shop'],
      {},
      /^--processes must be a number, got a value like a URL, not repeated here$/,
    ],
  ])('%j with %j is bad input: one line, exit code 2', async (args, env, message) => {
    const { stdout, stderr, code } = await plan(args, env as Record<string, string>);
    expect({ stdout, code }).toEqual({ stdout: '', code: 2 });
    expect(stderr.split('\n')).toEqual([
      typeof message === 'string' ? message : expect.stringMatching(message),
      '',
    ]);
    expect(stderr).not.toContain('hunter2');
  });

  it.each([
    [['--loud'], "Unknown option '--loud'."],
    [['--proceses', '4'], "Unknown option '--proceses'. Did you mean --processes?"],
    [['--processes'], "Option '--processes <value>' argument missing."],
    [['postgres://user:hunter2@db/shop'], "Unexpected argument '<URL>'."],
    [['user:hunter2@db/shop'], "Unexpected argument '<URL>'."],
  ])('%j are wrong arguments: one line with a hint to the help, and exit code 2', async (args, message) => {
    const { stdout, stderr, code } = await plan(args);
    expect({ stdout, stderr, code }).toEqual({
      stdout: '',
      stderr: `${message}\nSee pg-otel plan --help\n`,
      code: 2,
    });
  });

  it('names the environment in the first line, and how to plan for another one', async () => {
    const first = async (args: readonly string[], env = {}) => (await plan(args, env)).stdout.split('\n')[0];
    expect(await first([], { NODE_ENV: '' })).toBe(
      'Environment: development, as NODE_ENV is not set; --environment production plans for production',
    );
    expect(await first([], { NODE_ENV: 'production' })).toBe('Environment: production, as set by NODE_ENV');
    expect(await first(['--environment', 'staging'], { NODE_ENV: 'production' })).toBe(
      'Environment: staging, as set by --environment',
    );
    const { plan: chosen } = await json(['--environment', 'production']);
    expect(chosen.environment).toBe('production');
  });
});
