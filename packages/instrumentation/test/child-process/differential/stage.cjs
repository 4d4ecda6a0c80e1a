// Shared by the programs of this folder. A program is a list of scenes, and each scene logs what it observes: one JSON
// line each on stdout. The programs run twice, uninstrumented and instrumented; the lines have to be equal. The programs
// for Neon use neon-stage.cjs as well.
const { writeSync } = require('node:fs');
const { inspect } = require('node:util');
const pg = require('pg');

/** Finds a scene that hangs, on a machine of any speed. */
const SCENE_LIMIT_MILLIS = 120_000;

const program = process.argv[1];
const scenes = [];
let current = '';

/** Writes synchronously, so that lines before a crash are not lost. */
function log(what, ...values) {
  writeSync(1, `${JSON.stringify([current, what, ...values.map(shown)])}\n`);
}

/** A value as text, with everything that a program can observe, but without parts that differ from run to run. */
function shown(value) {
  if (value instanceof Error) return shownError(value);
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') return value;
  return inspect(value, { depth: 6, breakLength: Number.POSITIVE_INFINITY, maxArrayLength: 20 })
    .replaceAll(program, 'program')
    .replaceAll(/TypeOverrides \{.*?\} \}, text: \{\}, binary: \{\} \}/g, 'TypeOverrides')
    .replaceAll(/(tableID|length|processID): \d+/g, '$1: #');
}

function shownError(error) {
  const stack = String(error.stack).replaceAll(program, 'program').split('\n');
  return {
    class: error.constructor.name,
    prototype: Object.getPrototypeOf(error) === Error.prototype,
    name: error.name,
    message: error.message,
    own: Object.entries(error).map(([key, value]) =>
      `${key}: ${inspect(brief(value))}`.replace(/pg_temp_\d+|^(length|line|socket): .*/s, '#'),
    ),
    properties: Object.getOwnPropertyNames(error),
    cause: error.cause instanceof Error ? shownError(error.cause) : String(error.cause),
    errors: error.errors?.map(shownError),
    firstLine: stack[0],
    /** Functions of the program in the stack: readers of a stack need them. */
    callers: stack
      .filter((line) => line.includes('program:'))
      .map((line) => line.trim().replace(/Query\.(forEachFn|cursorFn)/, 'Query.<anonymous>')),
  };
}

function scene(name, play) {
  scenes.push([name, play]);
}

setImmediate(async () => {
  for (const [name, play] of scenes) {
    current = name;
    try {
      await limited(play());
    } catch (error) {
      log('threw', error);
    }
  }
});

function limited(promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('this scene does not end')), SCENE_LIMIT_MILLIS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Plays a scene with a connected client, and ends the client. */
async function withClient(play, config) {
  const client = new pg.Client(config);
  client.on('error', (error) => log('client error', error));
  await client.connect();
  try {
    return await play(client);
  } finally {
    await client.end();
  }
}

/** Plays a scene with a pool, and ends the pool. */
async function withPool(play, config) {
  const pool = new pg.Pool(config);
  pool.on('error', (error) => log('pool error', error));
  try {
    return await play(pool);
  } finally {
    if (!pool.ending) await pool.end();
  }
}

/** Requests that the function makes of the pool time out after a moment; earlier and later ones never do. */
function impatiently(pool, ask) {
  const { connectionTimeoutMillis } = pool.options;
  pool.options.connectionTimeoutMillis = 30;
  try {
    return ask();
  } finally {
    pool.options.connectionTimeoutMillis = connectionTimeoutMillis;
  }
}

/** The result of a promise. */
const outcome = (promise) =>
  Promise.resolve(promise).then(
    (value) => ({ resolved: value }),
    (error) => ({ rejected: error }),
  );

/** Logs the result of a promise. */
async function logOutcome(what, promise) {
  const { resolved, rejected } = await outcome(promise);
  if (rejected === undefined) log(`${what}: resolved`, resolved);
  else log(`${what}: rejected`, rejected);
}

/** A callback that logs its calls, and a promise for its first call. */
function callback(what) {
  let called;
  const wasCalled = new Promise((resolve) => {
    called = resolve;
  });
  const logCall = function (...args) {
    const self =
      this === undefined ? 'undefined' : this === globalThis ? 'globalThis' : this?.constructor?.name;
    log(`${what}: called`, `this: ${self}`, `arguments: ${args.length}`, ...args.map(brief));
    called();
  };
  return [logCall, wasCalled];
}

/** Large objects by their class, and errors without the parts of their stack that differ from run to run. */
function brief(value) {
  if (value?.query !== undefined && value.connect !== undefined) return `a ${value.constructor.name}`;
  return value instanceof Error ? shownError(value) : value;
}

/** The number of listeners by event, in alphabetical order. */
function listeners(emitter) {
  return Object.fromEntries(
    emitter
      .eventNames()
      .sort()
      .map((name) => [String(name), emitter.listenerCount(name)]),
  );
}

const version = require('pg/package.json').version.split('.').map(Number);
/** Whether this pg is 8.<minor> or newer. */
const hasMinor = (minor) => version[1] >= minor;

module.exports = {
  pg,
  scene,
  log,
  logOutcome,
  outcome,
  callback,
  brief,
  listeners,
  withClient,
  withPool,
  impatiently,
  hasMinor,
};
