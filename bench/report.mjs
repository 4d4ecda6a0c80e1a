import { addedCost, median } from './added-cost.mjs';
import { driverRatioOf, judgeDrivers } from './driver-goals.mjs';
import {
  costOf,
  INSIGHTS_GOAL,
  judge,
  judgeStartup,
  judgeWhole,
  MANAGED_GOAL,
  RUNNING_GOAL,
  ratioOf,
  SANITISING_GOAL,
  startupCostOf,
  startupRatioOf,
  wholeRatioOf,
} from './goals.mjs';
import { table } from './table.mjs';

const VERSIONS = { 'otel-2': '2.x', 'otel-3': '3.x' };
const MODES = { none: 'no SDK', sampled: 'sampled', unsampled: 'unsampled' };
const LOADS = {
  row: 'one row',
  noRow: 'no row',
  requests: 'one row, each in its own trace',
  stubPool: '`pool.query`',
  client: '`client.query`',
  pool: '`pool.query`, 4 at a time',
  neonHttp: 'Neon, HTTP',
  neonWebSocket: 'Neon, WebSocket',
  postgresJs: 'Postgres.js',
  start: 'one query',
};
/** Of the whole cost, on a stub and on Postgres. */
const WHOLE_LOADS = { row: 'stub client', client: LOADS.client, pool: LOADS.pool };
const STAGES = {
  ended: 'its spans have ended',
  encoded: 'the batch is encoded',
  sent: 'the receiver has answered',
};
const MOMENTS = { answered: 'the first query is answered', exported: 'its spans are exported' };

/** Contestants of a managed pool, and the options of their managers. */
const MANAGED = { managed: 'default', retrying: '`retry: true`' };

const COSTS = {
  cpu: 'added CPU',
  heap: 'heap per query',
  whole: 'added CPU, export included',
  startup: 'added CPU of the start',
};
const ORDERS = { started: 'in the order of their starts', any: 'in any order' };

/** The figures as Markdown, which is what the terminal shows, too. */
export function report(results) {
  const { conditions, whole, startup, stub, server, drivers, managed, insights, running, sanitising } =
    results;
  const judged = [...judgeWhole(whole), ...judgeStartup(startup), ...judge(stub), ...judgeDrivers(drivers)];
  return [
    conditions,
    '### Goals',
    goals(judged, { managed, insights, running, sanitising }),
    '### The whole cost',
    wholeTable(whole),
    '### Start-up',
    startupTable(startup),
    '### Stub client',
    onStub(stub),
    '### Real Postgres, sampled',
    onServer(server),
    '### Other drivers, on stubs',
    onDrivers(drivers),
    '### A managed pool',
    reportManaged(managed),
    '### Insights',
    reportInsights(insights),
    '### The list of what runs',
    runningTable(running),
    '### Sanitising',
    sanitisingTable(sanitising),
  ].join('\n\n');
}

/** Cells of the stub client, with the goals that are about them. */
export function reportStub(stub) {
  return [goals(judge(stub)), onStub(stub)].join('\n\n');
}

/** The drivers other than pg, with the goals that are about them. */
export function reportDrivers(drivers) {
  return [goals(judgeDrivers(drivers)), onDrivers(drivers)].join('\n\n');
}

/** Cells of the whole cost. */
export function reportWhole(whole) {
  return [goals(judgeWhole(whole)), wholeTable(whole)].join('\n\n');
}

export function reportStartup(startup) {
  return [goals(judgeStartup(startup)), startupTable(startup)].join('\n\n');
}

/** What a manager adds to a pool, on a stub without an SDK. */
export function reportManaged(managed) {
  const lines = managed.flatMap(({ version, measured }) =>
    Object.entries(MANAGED).map(([name, options]) => [
      VERSIONS[version],
      options,
      nanoseconds(addedCost(measured[name].cpu, measured.bare.cpu)),
      costOf(measured, 'heap', name).median.toFixed(0),
    ]),
  );
  return table(['OTel', 'options', 'added ns of CPU per `pool.query`', 'added heap bytes'], lines);
}

/** What the insights add to the instrumentation, on a stub with an SDK. */
export function reportInsights(insights) {
  const lines = insights.flatMap(({ version, byLoad }) =>
    Object.entries(byLoad).map(([load, measured]) => [
      VERSIONS[version],
      LOADS[load],
      nanoseconds(insightsCostOf(measured)),
      (median(measured.insights.heap) - median(measured.ours.heap)).toFixed(0),
    ]),
  );
  return table(['OTel', 'load', 'added ns of CPU per query', 'added heap bytes'], lines);
}

const insightsCostOf = ({ insights, ours }) => addedCost(insights.cpu, ours.cpu);

function goals(judged, { managed = [], insights = [], running = [], sanitising = [] } = {}) {
  const lines = judged.map(({ of, name, version, load, mode, to, limit, ratio, isMet }) => [
    `${COSTS[of]}, ${MODES[mode]}`,
    name,
    VERSIONS[version],
    LOADS[load],
    `${limit} × ${to}`,
    both(ratio),
    yesOrNo(isMet),
  ]);
  for (const { version, measured } of managed) {
    const cost = addedCost(measured.managed.cpu, measured.bare.cpu);
    lines.push([
      'added CPU of a managed pool',
      '',
      VERSIONS[version],
      LOADS.stubPool,
      `${MANAGED_GOAL} ns per query`,
      nanoseconds(cost),
      yesOrNo(1_000 * Math.max(cost.median, cost.least) <= MANAGED_GOAL),
    ]);
  }
  for (const { version, byLoad } of insights) {
    for (const [load, measured] of Object.entries(byLoad)) {
      const cost = insightsCostOf(measured);
      lines.push([
        'added CPU of the insights',
        '',
        VERSIONS[version],
        LOADS[load],
        `${INSIGHTS_GOAL} ns per query`,
        nanoseconds(cost),
        yesOrNo(1_000 * Math.max(cost.median, cost.least) <= INSIGHTS_GOAL),
      ]);
    }
  }
  for (const { version, costs } of running) {
    for (const { others, order, nanoseconds } of costs) {
      lines.push([
        'the list of what runs',
        '',
        VERSIONS[version],
        runningLoad(others, order),
        `${RUNNING_GOAL} ns per query`,
        `${nanoseconds.toFixed(0)} ns`,
        yesOrNo(nanoseconds <= RUNNING_GOAL),
      ]);
    }
  }
  for (const name of sanitising.length === 0 ? [] : ['sanitize', 'summarize']) {
    const slowest = Math.min(...sanitising.map((row) => row[name]));
    lines.push([
      `\`${name}Sql\` of uncached text`,
      '',
      '',
      'the slowest below',
      `≥ ${SANITISING_GOAL} MB/s`,
      `${slowest.toFixed(0)} MB/s`,
      yesOrNo(slowest >= SANITISING_GOAL),
    ]);
  }
  return table(['goal', 'variant', 'OTel', 'load', 'limit', 'measured', 'met'], lines);
}

function wholeTable(whole) {
  const lines = whole.flatMap(({ version, load, measured }) =>
    Object.entries(STAGES).map(([stage, name]) => [
      VERSIONS[version],
      WHOLE_LOADS[load],
      name,
      both(costOf(measured, 'cpu', `standard ${stage}`)),
      both(costOf(measured, 'cpu', `ours ${stage}`)),
      both(wholeRatioOf(measured, stage)),
    ]),
  );
  const heads = ['OTel', 'load', 'until', 'standard: added µs of CPU per query', 'ours', 'ours × standard'];
  return table(heads, lines);
}

function startupTable(startup) {
  const lines = startup.flatMap(({ version, measured }) =>
    Object.entries(MOMENTS).map(([moment, name]) => [
      VERSIONS[version],
      name,
      integers(startupCostOf(measured, moment, 'cpu', 'standard')),
      integers(startupCostOf(measured, moment, 'cpu', 'ours')),
      both(startupRatioOf(measured, moment, 'cpu')),
      both(startupRatioOf(measured, moment, 'elapsed')),
      integers(startupCostOf(measured, moment, 'memory', 'standard')),
      integers(startupCostOf(measured, moment, 'memory', 'ours')),
    ]),
  );
  const heads = [
    'OTel',
    'until',
    'standard: added ms of CPU',
    'ours',
    'ours × standard',
    'elapsed × standard',
  ];
  return table([...heads, 'standard: added MiB (RSS)', 'ours'], lines);
}

function onStub(results) {
  const lines = results.flatMap(({ version, load, mode, measured }) =>
    others(measured).map((name) => [
      VERSIONS[version],
      LOADS[load],
      MODES[mode],
      name,
      both(ratioOf(measured, 'cpu', name, 'standard')),
      both(ratioOf(measured, 'cpu', name, 'floor')),
      both(ratioOf(measured, 'elapsed', name, 'standard')),
      costOf(measured, 'heap', name).median.toFixed(0),
      ratioOf(measured, 'heap', name, 'standard').median.toFixed(2),
    ]),
  );
  const heads = [
    'OTel',
    'load',
    'mode',
    'variant',
    'added CPU × standard',
    '× floor',
    'added time × standard',
  ];
  return table([...heads, 'heap bytes per query', '× standard'], lines);
}

function onServer(results) {
  const lines = results.flatMap(({ version, load, measured }) => {
    const { bare } = measured;
    return others(measured).map((name) => [
      VERSIONS[version],
      LOADS[load],
      name,
      (median(measured[name].cpu) / median(bare.cpu)).toFixed(2),
      both(ratioOf(measured, 'cpu', name, 'standard')),
      (median(bare.elapsed) / median(measured[name].elapsed)).toFixed(2),
    ]);
  });
  const heads = ['OTel', 'load', 'variant', 'CPU per query × bare', 'added CPU × standard'];
  return table([...heads, 'queries per second × bare'], lines);
}

function onDrivers(results) {
  const lines = ['neonHttp', 'neonWebSocket', 'postgresJs'].flatMap((load) =>
    results.map(({ version, mode, byLoad }) => {
      // Without an SDK almost nothing is added, and a ratio of two such numbers means nothing.
      const toPg = (of) => (mode === 'none' ? undefined : driverRatioOf(byLoad, load, of, 'pg'));
      return [
        VERSIONS[version],
        LOADS[load],
        MODES[mode],
        both(driverRatioOf(byLoad, load, 'cpu', 'bare')),
        mode === 'none' ? '' : both(toPg('cpu')),
        costOf(byLoad[load], 'heap', 'ours').median.toFixed(0),
        driverRatioOf(byLoad, load, 'heap', 'bare').median.toFixed(2),
        toPg('heap')?.median.toFixed(2) ?? '',
      ];
    }),
  );
  const heads = ['OTel', 'query', 'mode', 'added CPU × bare', "× pg's", 'heap bytes per query', '× bare'];
  return table([...heads, "× pg's"], lines);
}

function runningTable(running) {
  const lines = running.flatMap(({ version, costs, bytes }) =>
    costs.map(({ others, order, nanoseconds }) => [
      VERSIONS[version],
      runningLoad(others, order),
      nanoseconds.toFixed(0),
      bytes.toFixed(0),
    ]),
  );
  return table(['OTel', 'others running', 'added ns per query', 'heap bytes while one runs'], lines);
}

const runningLoad = (others, order) => (others === 1 ? '1' : `${others}, they end ${ORDERS[order]}`);

function sanitisingTable(rows) {
  return table(
    ['text', '`sanitizeSql` MB/s', '`summarizeSql` MB/s', 'time for 2 × and 4 × the length'],
    rows.map(({ text, sanitize, summarize, growth }) => [
      text,
      sanitize.toFixed(0),
      summarize.toFixed(0),
      growth.map((times) => `${times.toFixed(1)} ×`).join(', '),
    ]),
  );
}

const others = (measured) => Object.keys(measured).filter((name) => name !== 'bare');
/** Of microseconds. */
const nanoseconds = ({ median, least }) => `${(1_000 * median).toFixed(0)} / ${(1_000 * least).toFixed(0)}`;
const yesOrNo = (isMet) => (isMet ? 'yes' : '**no**');
const integers = ({ median, least }) => `${median.toFixed(0)} / ${least.toFixed(0)}`;
const both = ({ median, least }) => `${median.toFixed(2)} / ${least.toFixed(2)}`;
