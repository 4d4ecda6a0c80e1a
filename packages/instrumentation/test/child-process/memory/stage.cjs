// Shared by the programs of this folder: counts objects that remain after a garbage collection, and provides a server that
// answers at once.
const { EventEmitter } = require('node:events');
const pg = require('pg');

/** Collects garbage until nothing more goes; finalisers and weak references need turns of the event loop. */
async function collect() {
  for (let round = 0; round < 6; round++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    global.gc();
  }
}

const tracked = new Map();
/** Objects that have to go; only weakly held here. */
function track(name, object) {
  if (!tracked.has(name)) tracked.set(name, []);
  tracked.get(name).push(new WeakRef(object));
  return object;
}

/** How many of each name are still there. */
async function kept() {
  await collect();
  return Object.fromEntries(
    [...tracked].map(([name, references]) => [
      name,
      references.filter((one) => one.deref() !== undefined).length,
    ]),
  );
}

/** Bytes of the heap and of buffers after a collection. */
async function used() {
  await collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** In the place of pg's Connection: each query returns one row at once, or fails with the error \`fail\` returns. */
class InstantConnection extends EventEmitter {
  parsedStatements = {};
  submittedNamedStatements = {};
  stream = Object.assign(new EventEmitter(), { destroy() {} });
  fail = () => undefined;

  connect() {
    setImmediate(() => this.emit('connect'));
  }
  startup() {
    setImmediate(() => this.emit('readyForQuery', { status: 'I' }));
  }
  query(text) {
    this.#answer(text);
  }
  parse({ text }) {
    this.text = text;
  }
  bind() {}
  describe() {}
  execute() {}
  flush() {}
  sync() {
    this.#answer(this.text);
    this.text = undefined;
  }
  end() {
    setImmediate(() => this.emit('end'));
  }
  ref() {}
  unref() {}

  #answer(text) {
    queueMicrotask(() => {
      const error = this.fail(text);
      if (error === undefined) {
        this.emit('rowDescription', { fields: [FIELD] });
        this.emit('dataRow', { fields: ['1'] });
        this.emit('commandComplete', { text: 'SELECT 1' });
      } else {
        this.emit('errorMessage', error);
      }
      this.emit('readyForQuery', { status: 'I' });
    });
  }
}
const FIELD = {
  name: 'n',
  tableID: 0,
  columnID: 0,
  dataTypeID: 23,
  dataTypeSize: 4,
  dataTypeModifier: -1,
  format: 'text',
};

async function instantClient(config) {
  const connection = new InstantConnection();
  const client = new pg.Client({
    host: '127.0.0.1',
    port: 5432,
    user: 'u',
    database: 'instant',
    password: 'p',
    connection,
    ...config,
  });
  await client.connect();
  return client;
}

module.exports = { pg, track, kept, used, instantClient };
