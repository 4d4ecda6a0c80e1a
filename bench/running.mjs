// What the list of running operations costs a query, on the Node that runs this: `running.mjs <effort as JSON>`, with
// --expose-gc. Operations start and end through the real observer of the build, with the usual limits and without
// any. Prints `{ costs: [{ others, order, nanoseconds }], bytes }`.
import { createRequire } from 'node:module';
import { setImmediate, setTimeout } from 'node:timers/promises';

const requireOfBuild = createRequire(new URL('../packages/instrumentation/dist/index.js', import.meta.url));
const { trace } = requireOfBuild('@opentelemetry/api');
const { configure } = requireOfBuild('./configuration.js');
const { timers } = requireOfBuild('./node/timers.js');
const { Events } = requireOfBuild('./observers/events/events.js');
const { QueryOperation } = requireOfBuild('./operation/index.js');
const { StatementCache } = requireOfBuild('./statement-cache.js');
const { Target } = requireOfBuild('./target.js');

const MANY = 10_000;
/** Milliseconds after which what runs has been looked at. */
const LOOK = 300;
/** Other operations that run at the same time, and which of them ends next. In any order, caches are cold. */
const CASES = [
  { others: 1, order: 'started' },
  { others: MANY, order: 'started' },
  { others: MANY, order: 'any' },
];
const SLOT = {
  started: (query, others) => query % others,
  any: (_query, others) => random() % others,
};

const providers = { logger: { emit() {}, enabled: () => true }, isLogging: true };
const target = Target.of({ host: 'db.example.com', database: 'shop' });
const prepared = new StatementCache().get('select id from products where id = $1', true).on(target);
const client = { pool: undefined, reference: new WeakRef({}) };
const span = trace.wrapSpanContext({ traceId: '1'.repeat(32), spanId: '1'.repeat(16), traceFlags: 0 });

let seed = 1;
const listed = observer([1, 5]);
const unlisted = observer([]);
console.log(JSON.stringify(await measureRunning(JSON.parse(process.argv[2]))));

async function measureRunning({ queries, rounds }) {
  const best = new Map([listed, unlisted].map((to) => [to, CASES.map(() => Number.POSITIVE_INFINITY)]));
  for (let round = 0; round < rounds; round++) {
    for (const [index, each] of CASES.entries()) {
      for (const [to, nanoseconds] of best) {
        nanoseconds[index] = Math.min(nanoseconds[index], batch(to, each, queries));
        // What beats while operations run, beats.
        await setImmediate();
      }
    }
  }
  return {
    costs: CASES.map((each, index) => ({
      ...each,
      nanoseconds: best.get(listed)[index] - best.get(unlisted)[index],
    })),
    bytes: (await bytesOf(listed)) - (await bytesOf(unlisted)),
  };
}

/** Nanoseconds per query, its garbage collected. */
function batch(to, { others, order }, queries) {
  const slotOf = SLOT[order];
  const running = Array.from({ length: others }, () => start(to));
  const before = performance.now();
  for (let query = 0; query < queries; query++) {
    const slot = slotOf(query, others);
    const next = start(to);
    running[slot].succeeded();
    running[slot] = next;
  }
  const elapsed = performance.now() - before;
  for (const each of running) each.succeeded();
  return (elapsed / queries) * 1e6;
}

/** Of each operation that still runs when it is looked at. */
async function bytesOf(to) {
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  const running = Array.from({ length: MANY }, () => start(to));
  await setTimeout(LOOK);
  globalThis.gc();
  const bytes = (process.memoryUsage().heapUsed - before) / MANY;
  for (const each of running) each.succeeded();
  return bytes;
}

function start(to) {
  const operation = new QueryOperation(to, performance.now(), prepared, client, undefined);
  operation.span = span;
  return operation.start();
}

/** A linear congruential generator (Numerical Recipes), without its lowest bits. */
function random() {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed >>> 8;
}

function observer(slowAfter) {
  const events = new Events(configure({ slowAfter }, {}), providers, { timers }, () => []);
  return {
    queryStarted: (operation) => events.started(operation),
    queryEnded: (operation) => events.ended(operation),
  };
}
