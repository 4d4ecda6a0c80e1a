// What the programs of this folder stand on: a program is a list of scenes, each tells what it sees, and what is told
// goes to stdout, a JSON line each. The programs run twice, bare and instrumented; the lines have to be equal.
// For those of Neon there is more in neon-stage.cjs.
const { writeSync } = require('node:fs');
const { inspect } = require('node:util');
const pg = require('pg');

/** Finds a scene that hangs, on a machine of any speed. */
const SCENE_LIMIT_MILLIS = 120_000;

const program = process.argv[1];
const scenes = [];
let current = '';

/** Written at once: what was told before a crash is told. */
function tell(what, ...values) {
  writeSync(1, `${JSON.stringify([current, what, ...values.map(shown)])}\n`);
}

/** As text, with everything in it that can be seen from outside; what is another in each run is left out. */
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
    /** Functions of the program in the stack: whoever reads it has to find the way back. */
    callers: stack.filter((line) => line.includes('program:')).map((line) => line.trim()),
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
      tell('threw', error);
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

/** A connected client, ended when the scene has played. */
async function withClient(play, config) {
  const client = new pg.Client(config);
  client.on('error', (error) => tell('client error', error));
  await client.connect();
  try {
    return await play(client);
  } finally {
    await client.end();
  }
}

/** A pool, ended when the scene has played. */
async function withPool(play, config) {
  const pool = new pg.Pool(config);
  pool.on('error', (error) => tell('pool error', error));
  try {
    return await play(pool);
  } finally {
    if (!pool.ending) await pool.end();
  }
}

/**
 * What is asked of the pool in the call gives up after a moment; whatever is asked before and after waits as long as
 * it takes.
 */
function impatiently(pool, ask) {
  const { connectionTimeoutMillis } = pool.options;
  pool.options.connectionTimeoutMillis = 30;
  try {
    return ask();
  } finally {
    pool.options.connectionTimeoutMillis = connectionTimeoutMillis;
  }
}

/** What a promise came to. */
const outcome = (promise) =>
  Promise.resolve(promise).then(
    (value) => ({ resolved: value }),
    (error) => ({ rejected: error }),
  );

/** Tells what a promise came to. */
async function told(what, promise) {
  const { resolved, rejected } = await outcome(promise);
  if (rejected === undefined) tell(`${what}: resolved`, resolved);
  else tell(`${what}: rejected`, rejected);
}

/** A callback that tells how it is called, and a promise for when it was. */
function callback(what) {
  let called;
  const wasCalled = new Promise((resolve) => {
    called = resolve;
  });
  const tellCall = function (...args) {
    const self =
      this === undefined ? 'undefined' : this === globalThis ? 'globalThis' : this?.constructor?.name;
    tell(`${what}: called`, `this: ${self}`, `arguments: ${args.length}`, ...args.map(brief));
    called();
  };
  return [tellCall, wasCalled];
}

/** Large things by their class; an error without what its stack tells of this run. */
function brief(value) {
  if (value?.query !== undefined && value.connect !== undefined) return `a ${value.constructor.name}`;
  return value instanceof Error ? shownError(value) : value;
}

/** Numbers of listeners by event, in alphabetical order. */
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
  tell,
  told,
  outcome,
  callback,
  brief,
  listeners,
  withClient,
  withPool,
  impatiently,
  hasMinor,
};
