// Prints what the insights of a program with many statements, traces, pools and databases take:
// `node --expose-gc many-queries.cjs <queries>`. The clock is moved on: the run takes
// 100 minutes of it.
const { channel } = require('node:diagnostics_channel');
const { CHANNELS } = require('@pg-otel/instrumentation/channels');

const QUERIES = Number(process.argv[2]);
const COLLECTIONS = 600;
const QUERIES_PER_COLLECTION = Math.round(QUERIES / COLLECTIONS);
const STATEMENTS = 10_000;
const [POOLS, DATABASES, ERRORS] = [120, 300, 300];

let millis = 0;
const startedAt = Date.now();
Date.now = () => startedAt + millis;
performance.now = () => millis;
let collect = () => {};
const { setInterval } = globalThis;
globalThis.setInterval = (callback) => {
  collect = callback;
  return setInterval(() => {}, 1e9);
};
const { createInsights } = require('@pg-otel/insights');

const [end, event, release, close, collecting] = [
  CHANNELS.operationEnd,
  CHANNELS.event,
  CHANNELS.connectionRelease,
  CHANNELS.connectionClose,
  CHANNELS.collect,
].map((name) => channel(name));
const names = (count, prefix) => Array.from({ length: count }, (_, nth) => `${prefix}${nth}`);
const summaries = names(STATEMENTS, 'SELECT a_table_with_a_long_name_');
const pools = names(POOLS, 'pool-');
const databases = names(DATABASES, 'database-');
const errors = names(ERRORS, 'E');
collecting.subscribe(({ pools: figures }) => {
  for (const poolName of pools) {
    const counts = {
      used: 1,
      idle: 1,
      active: 1,
      connecting: 0,
      pending: 0,
      limit: 10,
      oldestPendingSeconds: 0,
    };
    figures.push({ poolName, serverAddress: 'db', serverPort: 5432, namespace: 'shop', ...counts, held: [] });
  }
});

/** Half of the queries have one of 20 summaries. Each trace has three. */
function message(kind, nth) {
  const hot = nth % 2 === 0;
  const isSlow = nth % 500 === 0;
  const seconds = isSlow ? 2 : 0.001 + (nth % 97) / 1e4;
  return {
    kind,
    serverAddress: 'db.example.com',
    serverPort: 5432,
    namespace: hot ? 'shop' : databases[nth % DATABASES],
    poolName: pools[nth % POOLS],
    summary: kind === 'query' ? summaries[hot ? nth % 20 : nth % STATEMENTS] : undefined,
    durationSeconds: seconds,
    countedSeconds: seconds,
    endedAt: millis,
    errorType: nth % 300 === 0 ? errors[(nth / 300) % ERRORS] : undefined,
    returnedRows: 1,
    poolWaitSeconds: undefined,
    queueSeconds: undefined,
    phases: kind === 'connect' ? names(5, 'phase').map((phase) => ({ phase, seconds })) : undefined,
    traceId: Math.floor(nth / 3)
      .toString(16)
      .padStart(32, '0'),
    spanId: '0123456789abcdef',
    isSampled: true,
  };
}

function slowEvent(nth) {
  const attributes = {
    'pg_otel.operation.kind': 'query',
    'pg_otel.operation.limit': 1,
    'pg_otel.operation.elapsed': 1.1,
    'db.query.summary': summaries[nth % STATEMENTS],
    'server.address': 'db.example.com',
    'db.namespace': databases[nth % DATABASES],
  };
  const name = 'pg_otel.operation.slow';
  event.publish({ name, timestamp: Date.now(), severity: 'WARN', body: '', attributes, isSampled: false });
}

function run(from, to) {
  for (let nth = from; nth < to; nth += 1) {
    end.publish(message('acquire', nth));
    end.publish(message('query', nth));
    release.publish({ poolName: pools[nth % POOLS], useSeconds: 0.001 });
    if (nth % 500 === 0) slowEvent(nth);
    if (nth % 1000 === 0) {
      end.publish(message('connect', nth));
      close.publish({ poolName: pools[nth % POOLS], reason: 'error' });
    }
    millis += 10_000 / QUERIES_PER_COLLECTION;
    if (nth % QUERIES_PER_COLLECTION === 0) collect();
  }
}

function bytes() {
  for (let times = 0; times < 3; times += 1) globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

// What is compiled and loaded at the first use does not count.
const warmUp = createInsights();
run(0, 30_000);
warmUp.getAllPerformanceData();
warmUp.stop();
const before = bytes();
const insights = createInsights();
const taken = [];
for (let tenth = 0; tenth < 10; tenth += 1) {
  run((tenth * QUERIES) / 10, ((tenth + 1) * QUERIES) / 10);
  taken.push(bytes() - before);
}
const data = insights.getAllPerformanceData();
console.log(JSON.stringify({ total: data.performance.total, taken, json: JSON.stringify(data).length }));
insights.stop();
process.exit();
