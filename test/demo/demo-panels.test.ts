import { execFileSync } from 'node:child_process';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { repository } from '@pg-otel/testkit';

const demo = pathToFileURL(path.join(repository, 'scripts/demo')).href;

/**
 * One connection that a request waited for, then a query; a report that is slow, and has ended when `events` say so.
 * Times are nanoseconds, `now` and `receivedAt` milliseconds.
 */
const program = (draw: string, events: string[], more = '') => `
  import { EventEmitter } from 'node:events';
  import { stripVTControlCharacters } from 'node:util';
  import { Figures } from '${demo}/figures.mjs';
  import { panels, Screen } from '${demo}/screen.mjs';

  const span = (name, spanId, parentSpanId, start, end, more) =>
    ({ name, spanId, parentSpanId, traceId: 'a1b2c3', start, end, attributes: {}, events: [], status: { code: 'UNSET' }, ...more });
  const phase = (name, time, seconds) => ({ name, time, attributes: { 'pg_otel.connection.phase.duration': seconds } });
  const point = (attributes, more) => ({ attributes, time: 1n, ...more });
  const metric = (name, ...points) => ({ name, unit: 's', points });
  const spans = [
    span('connect shop', 'c', 'b', 2_000_000n, 10_000_000n, {
      events: [phase('tcp', 3_000_000n, 0.001), phase('startup', 6_000_000n, 0.003), phase('auth', 10_000_000n, 0.004)],
    }),
    span('acquire shop', 'b', undefined, 0n, 10_000_000n),
    span('SELECT products', 'd', undefined, 10_000_000n, 1_300_000_000n, {
      traceId: 'd4e5f6',
      attributes: {
        'db.query.summary': 'SELECT products',
        'pg_otel.pool.wait_time': 0.01,
        'pg_otel.response.first_row_time': 1.25,
        'db.response.returned_rows': 20,
      },
    }),
  ];
  spans.push(${more});
  const metrics = [
    metric('db.client.operation.duration', point({}, { count: 5, sum: 1.5, bounds: [0.001, 0.1, 1, 5], buckets: [2, 1, 1, 1, 0] })),
    metric('db.client.connection.create_time', point({ 'db.client.connection.pool.name': 'shop' }, { count: 1, sum: 0.008, bounds: [1], buckets: [1, 0] })),
    metric('db.client.connection.wait_time', point({}, { count: 4, sum: 0.04, bounds: [1], buckets: [4, 0] })),
    metric('pg_otel.connection.setup.duration',
      ...['tcp', 'startup', 'auth'].map((name) =>
        point({ 'pg_otel.connection.phase': name }, { count: 2, sum: 0.004, bounds: [1], buckets: [2, 0] }))),
    metric('db.client.connection.count', point({ 'db.client.connection.state': 'used' }, { value: 4 }), point({ 'db.client.connection.state': 'idle' }, { value: 0 })),
    metric('db.client.connection.limit', point({}, { value: 4 })),
    metric('db.client.connection.pending_requests', point({}, { value: 7 })),
    metric('pg_otel.connection.pending.oldest', point({}, { value: 0.25 })),
    metric('pg_otel.retry.attempts', point({ 'pg_otel.retry.outcome': 'gave_up' }, { value: 3 })),
    metric('pg_otel.connection.recovery.duration', point({}, { count: 2, sum: 24 })),
  ];
  const event = (eventName, spanId, millis, receivedAt, elapsed, limit) => ({
    eventName: 'pg_otel.operation.' + eventName, spanId, time: BigInt(millis) * 1_000_000n, receivedAt,
    attributes: {
      'pg_otel.operation.kind': 'query',
      'pg_otel.operation.elapsed': elapsed,
      'pg_otel.operation.limit': limit,
      'db.query.summary': 'SELECT orders',
    },
  });
  const diagnosed = (spanId, reason, more) => ({
    eventName: 'pg_otel.operation.diagnosed', spanId, time: 0n, receivedAt: 0,
    attributes: {
      'pg_otel.operation.kind': 'query',
      'db.query.summary': 'SELECT orders',
      'pg_otel.diagnosis': 'found',
      'pg_otel.diagnosis.reason': reason,
      'pg_otel.diagnosis.certainty': 'proven',
      ...more,
    },
  });
  const logs = [${events.join(', ')}];
  const figures = new Figures({ spans: () => spans, metrics: () => metrics, logs: () => logs, clear() {} });
  figures.update();
  ${draw}
`;

const overOne = "event('slow', 'e', 3_100, 3_150, 1.1, 1)";
const overFive = "event('slow', 'e', 7_100, 7_230, 5.1, 5)";
const again = "event('slow', 'e', 8_000, 8_010, 6, 1)";
const ended = "event('ended', 'e', 8_500, 8_600, 6.5, 5)";

/** Two statements in one request over HTTP, which opened a connection. */
const batch = `
  span('BATCH', 'f', undefined, 0n, 10_000_000n, {
    traceId: '0a0b0c',
    attributes: {
      'db.query.summary': 'BATCH',
      'db.operation.batch.size': 2,
      'pg_otel.http.connect_time': 0.003,
      'pg_otel.http.server_time': 0.005,
      'pg_otel.http.read_time': 0.001,
    },
  })`;

function draw(width: number, events: string[] = [], now = 0, more = ''): string {
  return runProgram(program(`console.log(panels(figures, ${width}, ${now}).join('\\n'));`, events, more));
}

function runProgram(source: string): string {
  return execFileSync(process.execPath, ['--input-type=module', '-e', source], { encoding: 'utf8' });
}

/** A terminal that is resized through all these sizes, and what is wrong with any picture on it. */
const resized = (sizes: string) => `
  process.stdout.isTTY = true;
  const terminal = Object.assign(new EventEmitter(), {
    columns: 80,
    rows: 24,
    written: '',
    write(text) { this.written += text; },
  });
  const screen = new Screen(terminal);
  const load = { scene: '40 customers search at once' };
  for (const [columns, rows] of ${sizes}) {
    Object.assign(terminal, { columns, rows, written: '' });
    terminal.emit('resize');
    screen.show(figures, load);
    const lines = stripVTControlCharacters(terminal.written).split('\\r\\n');
    const widest = Math.max(...lines.map((line) => line.length));
    const isHeaded = lines[0].includes(columns > 40 ? 'node --import' : 'The demo needs');
    if (widest >= columns || lines.length > rows || (rows > 1 && !isHeaded)) {
      console.log(columns + ' × ' + rows + ': ' + JSON.stringify(lines));
    }
  }
  screen.close();`;

const drawSlow = (events: string[], now: number) => {
  const [, ...rows] = draw(80, events, now).split('\n', 4);
  return `\n${rows.join('\n')}`.trimEnd();
};

describe('the panels of the demo', () => {
  it('show a trace as a tree, setup phases, latencies and the pool', () => {
    expect(`\n${draw(80)}`).toBe(`
Slow operations                                above  event after before its end



A trace  a1b2c3                          Connection setup  1 connections
acquire shop        10.0 ms ██████████               latest                mean
└ connect shop      8.00 ms   ████████   tcp        1.00 ms █▏          2.00 ms
  ├ tcp             1.00 ms   █          startup    3.00 ms  ███▍       2.00 ms
  ├ startup         3.00 ms    ███       auth       4.00 ms     ████▌   2.00 ms
  └ auth            4.00 ms       ████   whole      8.00 ms █████████   8.00 ms
The slowest query
SELECT products                 1.29 s
  waited for the pool 10.0 ms
  first row after 1.25 s · 20 rows

Query latency  5, mean 300.0 ms          Pool  limit 4, 0 idle
   ≤ 1 ms      2 ████████████████████    used                                  █
 ≤ 100 ms      1 ██████████              4                                     █
    ≤ 1 s      1 ██████████                                                    █
    ≤ 5 s      1 ██████████              waiting                               █
    > 5 s      0                         7                                     █
                                                                               █
                                         most waiting 7, the oldest for 250.0 ms
                                         4 requests waited 10.0 ms on average
`);
  });

  it('show a request over HTTP, and the parts of the mean one', () => {
    const lines = draw(80, [], 0, batch).split('\n').slice(10, 15);
    expect(`\n${lines.join('\n')}`).toBe(`
A request over HTTP  0a0b0c              Over HTTP  1, 1 opened a connection
BATCH               10.0 ms ██████████   connect    3.00 ms ██████▍
├ connect           3.00 ms  ███         server     5.00 ms       ██████████▌
├ server            5.00 ms     █████    read       1.00 ms                 ██▏
└ read              1.00 ms          █`);
  });

  it('show slow operations while they run', () => {
    expect(drawSlow([overOne, overFive, again], 8_200)).toBe(`
SELECT orders                 running 6.20 s     1 s     150.0 ms
                                                 5 s     230.0 ms`);
  });

  it('show why an operation is slow, and the trace that blocks it', () => {
    const reason =
      'has waited 4.8 s for a row of `accounts`, held by worker-7 (pid 8123), whose transaction has been idle for 12 s; last statement `update accounts`';
    const explained = `diagnosed('e', '${reason}', { 'pg_otel.diagnosis.blocker.trace_id': '4bf92f3577b34da6a3ce929d0e0e4736' })`;
    const lines = draw(80, [overOne, overFive, explained], 8_200).split('\n').slice(3, 9);
    expect(`\n${lines.join('\n')}`).toBe(`

Why
SELECT orders: has waited 4.8 s for a row of \`accounts\`, held by worker-7 (pid
8123), whose transaction has been idle for 12 s; last statement \`update
accounts\`
  proven, trace of the blocker 4bf92f3577b34da6a3ce929d0e0e4736`);
  });

  it('show when the events of a slow operation arrived, and how long it took', () => {
    expect(drawSlow([overOne, overFive, ended], 9_000)).toBe(`
SELECT orders                 took 6.50 s        1 s     150.0 ms         5.35 s
                                                 5 s     230.0 ms         1.27 s`);
  });

  it('show by its span that an operation has ended', () => {
    expect(drawSlow(["event('slow', 'd', 1_110, 1_150, 1.1, 1)"], 9_000)).toBe(`
SELECT orders                 took 1.29 s        1 s     140.0 ms       150.0 ms`);
  });

  it('show that an event arrived after the end of its operation', () => {
    expect(drawSlow([overOne, "event('ended', 'e', 3_120, 3_150, 1.12, 1)"], 9_000)).toBe(`
SELECT orders                 took 1.12 s        1 s     150.0 ms             no`);
  });

  it('show the health of a managed pool, its recoveries and retries, and the last changes', () => {
    const health = (state: string, millis: number) =>
      `{ eventName: 'pg_otel.connection.health.changed', time: ${millis}n * 1_000_000n, body: 'The health of pool shop is ${state}', attributes: { 'pg_otel.connection.health.state': '${state}' } }`;
    const lines = draw(80, [health('down', 1_000), health('up', 13_000)], 15_000).split('\n');
    const start = lines.findIndex((line) => line.startsWith('Health'));
    expect(lines.slice(start, start + 4)).toEqual([
      'Health  up for 2.00 s',
      '2 recovered, after 12.00 s on average · 3 × gave up',
      '14.00 s ago  The health of pool shop is down',
      '2.00 s ago  The health of pool shop is up',
    ]);
  });

  it('fit into every terminal, of 20 to 300 columns and 1 to 60 rows, whichever was before', () => {
    const sizes = `Array.from({ length: 281 }, (_, index) => [[20 + index, 24], [300 - index, 1 + (index % 60)]]).flat()`;
    const events = [overOne, overFive, `diagnosed('e', 'waits '.repeat(200))`, ended];
    expect(runProgram(program(resized(sizes), events, batch))).toBe('');
    expect(runProgram(program(resized(sizes), [], ''))).toBe('');
  });

  it('say so where the terminal is too narrow', () => {
    const shown = `
      ${resized('[[24, 10]]')}
      console.log(stripVTControlCharacters(terminal.written));`;
    expect(runProgram(program(shown.replace('screen.close();', ''), []))).toContain(
      'The demo needs 41\r\ncolumns, this terminal\r\nhas 24. Ctrl-C ends.',
    );
  });

  it('show a request as the root of its trace: request, acquire, connect, query', () => {
    const request = `
      span('GET', 'g', undefined, 0n, 20_000_000n, {
        traceId: 'aaa', attributes: { 'http.request.method': 'GET', 'url.path': '/product' },
      }),
      span('acquire shop', 'h', 'g', 1_000_000n, 10_000_000n, { traceId: 'aaa' }),
      span('connect shop', 'i', 'h', 2_000_000n, 10_000_000n, {
        traceId: 'aaa', events: [phase('tcp', 3_000_000n, 0.001)],
      }),
      span('SELECT products', 'j', 'g', 10_000_000n, 12_000_000n, {
        traceId: 'aaa', attributes: { 'db.query.summary': 'SELECT products' },
      })`;
    const tree = draw(80, [], 0, request)
      .split('\n')
      .slice(4, 10)
      .map((line) => line.slice(0, 17).trimEnd());
    expect(tree).toEqual([
      'A trace  aaa',
      'GET /product',
      '├ acquire shop',
      '│ └ connect shop',
      '│   └ tcp',
      '└ SELECT products',
    ]);
  });
});
