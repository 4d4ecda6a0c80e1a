// Shared by the programs for the driver `postgres`, in addition to stage.cjs: one of its two builds, or a bundle of it.
const stage = require(process.env.STAGE);
const { log, outcome } = stage;

// Frames of the instrumentation must not displace those that are compared. Queries keep their own limit, of four.
Error.stackTraceLimit = 50;

/** The ESM build, if postgres-js-import.mjs was preloaded. */
const postgres =
  process.env.BUNDLE === undefined ? (globalThis.importedPostgres ?? require('postgres')) : bundled();

/** In a bundle no module hook sees the driver: the program itself instruments what the driver returns. */
function bundled() {
  const { default: driver } = require(process.env.BUNDLE);
  const isInstrumented = process.env.SPANS_FILE !== undefined;
  const instrument = isInstrumented ? require('@pg-otel/instrumentation').instrument : (sql) => sql;
  return Object.assign((...args) => instrument(driver(...args)), driver);
}

const made = [];

/** An instance with one connection; `endAll` ends it. */
function connectTo(options) {
  const sql = postgres({ max: 1, onnotice() {}, ...options });
  made.push(sql);
  return sql;
}

/** Plays a scene with an instance, and ends the instance. */
async function withSql(play, options) {
  const sql = connectTo(options);
  try {
    return await play(sql);
  } finally {
    await sql.end();
  }
}

/** Logs the result of a query, with what it hides from for-in. */
async function logOutcome(what, promise) {
  const { resolved, rejected } = await outcome(promise);
  if (rejected === undefined) log(`${what}: resolved`, resolved, hiddenInResult(resolved));
  else log(`${what}: rejected`, rejected, hiddenInError(rejected), frames(rejected));
}

function hiddenInResult(result) {
  if (result === null || typeof result !== 'object' || !('command' in result)) return [];
  const { command, count, columns, statement, state } = result;
  return [
    command,
    count,
    Object.getOwnPropertyNames(result),
    (columns ?? []).map(({ name, type }) => `${name} ${type}`),
    statement && [statement.string, Object.keys(statement)],
    state && Object.keys(state),
  ];
}

const HIDDEN = ['query', 'parameters', 'args', 'types'];

function hiddenInError(error) {
  return HIDDEN.map((name) => {
    const descriptor = Object.getOwnPropertyDescriptor(error, name);
    return [name, descriptor?.enumerable, descriptor?.value];
  });
}

/**
 * The functions in a stack, without those of the instrumentation, OpenTelemetry and Node. Older versions of the driver settle a query
 * before its connection is ready: which function then sends the next one depends on timing.
 */
function frames(error) {
  if (!has(4, 9)) return 'not compared';
  return String(error.stack)
    .split('\n')
    .filter((line) => /^\s+at /.test(line) && !/@pg-otel|@opentelemetry|node:/.test(line))
    .map((line) =>
      line
        .trim()
        .replaceAll(process.argv[1], 'program')
        .replaceAll(process.env.STAGE, 'stage')
        .replaceAll(__filename, 'stage')
        .replace(/Query\.(forEachFn|cursorFn)/, 'Query.<anonymous>')
        .replace(/(file:\/\/)?\/[^\s():]*\/(?=[^/]*:)/, ''),
    )
    .join(' < ');
}

const settled = (promise) =>
  promise.then(
    () => 'resolved',
    () => 'rejected',
  );

/** Queries on another connection until the condition is met, so that states of the server can be waited for. */
async function until(sql, condition) {
  for (;;) {
    const [row] = await condition(sql);
    if (row?.done === true) return;
  }
}

/** Waits until the connection with this process id runs a statement with this text. */
const isRunning = (sql, pid, text) =>
  until(
    sql,
    () => sql`
      SELECT state = 'active' AS done FROM pg_stat_activity WHERE pid = ${pid} AND query LIKE ${`%${text}%`}`,
  );

const [, minor, patch] = version();
function version() {
  if (process.env.BUNDLE !== undefined) return [3, 4, 9];
  const fs = require('node:fs');
  const path = require('node:path');
  // By its path: the package does not export it.
  const file = path.join(path.dirname(require.resolve('postgres')), '../../package.json');
  return JSON.parse(fs.readFileSync(file, 'utf8')).version.split('.').map(Number);
}

/** Whether this is 3.<aMinor>.<aPatch> or newer. */
function has(aMinor, aPatch = 0) {
  return minor > aMinor || (minor === aMinor && patch >= aPatch);
}

module.exports = {
  ...stage,
  postgres,
  connectTo,
  withSql,
  logOutcome,
  frames,
  settled,
  until,
  isRunning,
  has,
};
