// The shape of the driver's classes and of the application's objects.
const { inspect } = require('node:util');
const { once } = require('node:events');
const { pg, scene, log, logOutcome, withClient, withPool } = require(process.env.STAGE);

const classes = {
  Client: pg.Client,
  Query: pg.Query,
  BoundPool: pg.Pool,
  Pool: Object.getPrototypeOf(pg.Pool),
  Connection: pg.Connection,
};

scene('classes', () => {
  log('pg', Object.keys(pg), Object.getOwnPropertyNames(pg));
  for (const [name, Class] of Object.entries(classes)) {
    log(name, Class.name, Class.length, Object.getOwnPropertyNames(Class));
    for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(Class.prototype))) {
      const { value, writable, enumerable, configurable } = descriptor;
      const isMethod = typeof value === 'function';
      log(
        `${name}.${key}`,
        writable,
        enumerable,
        configurable,
        isMethod ? [value.name, value.length] : typeof value,
      );
    }
  }
});

scene('methods without their object', async () => {
  const { query, connect } = pg.Client.prototype;
  for (const [name, call] of Object.entries({
    'query of nothing': () => query('SELECT 1'),
    'query of an object': () => query.call({}, 'SELECT 1'),
    'connect of nothing': () => connect(),
    'pool.connect of nothing': () => classes.Pool.prototype.connect.call(undefined),
    'pool.connect of an object': () => classes.Pool.prototype.connect.call({}),
  })) {
    try {
      await call();
    } catch (error) {
      log(name, error.name);
    }
  }
});

/** Numbers are another in each run. */
const masked = (value, options) =>
  inspect(value, options)
    .replace(/-?\d+(\.\d+)?/g, '#')
    .replaceAll(/'[0-9a-f#]{20,}'/g, 'hex');

scene('inspection', () =>
  withPool(async (pool) => {
    log('a new pool', masked(pool, { depth: 4 }));
    await pool.query('SELECT 1');
    const client = await pool.connect();
    const plain = { ...client, connection: undefined, _connection: undefined };
    log('a held client', masked(plain, { depth: 3 }), Object.getOwnPropertyNames(client));
    log(
      'symbols',
      Object.getOwnPropertySymbols(client).map(String),
      Object.getOwnPropertySymbols(pool).map(String),
    );
    log('connection', Object.getOwnPropertyNames(client.connection), listenersOf(client.connection));
    client.release();
    log(
      'pool',
      Object.getOwnPropertyNames(pool),
      Object.keys(pool.options),
      masked(pool.options, { depth: 3 }),
    );
    log('JSON', Object.keys(JSON.parse(JSON.stringify({ ...pool.options }))));
  }),
);
const listenersOf = (emitter) =>
  emitter
    .eventNames()
    .sort()
    .map((name) => [String(name), emitter.rawListeners(name).map(({ name }) => name)]);

scene('config objects', () =>
  withClient(async (client) => {
    const types = { getTypeParser: () => String };
    const config = Object.freeze({
      text: 'SELECT $1::int AS n',
      values: Object.freeze([1]),
      rowMode: 'array',
      types,
    });
    await logOutcome('frozen', client.query(config));
    await logOutcome('frozen again', client.query(config));
    log('after', inspect(config), Object.getOwnPropertyNames(config));

    const withCallback = { text: 'SELECT 1 AS n', callback: () => {} };
    const own = withCallback.callback;
    client.query(withCallback);
    client.query(withCallback);
    await client.query('SELECT 1');
    log('callback', withCallback.callback === own, Object.getOwnPropertyNames(withCallback));

    class Statement {
      get text() {
        return 'SELECT $1::int AS n';
      }
      get values() {
        return [7];
      }
    }
    await logOutcome('getters of a class', client.query(new Statement()));

    const values = ['a', { b: 1 }];
    await client.query('SELECT $1::text, $2::jsonb', values);
    log('values', inspect(values));
  }),
);

/** The operations on an object, each once, in order. */
function watched(target) {
  const asked = [];
  const note = (what) => {
    if (!asked.includes(what)) asked.push(what);
  };
  const proxy = new Proxy(target, {
    get(object, key, receiver) {
      note(`get ${String(key)}`);
      return Reflect.get(object, key, receiver);
    },
    set(object, key, value, receiver) {
      note(`set ${String(key)}`);
      return Reflect.set(object, key, value, receiver);
    },
    has(object, key) {
      note(`has ${String(key)}`);
      return Reflect.has(object, key);
    },
    defineProperty(object, key, descriptor) {
      note(`define ${String(key)}`);
      return Reflect.defineProperty(object, key, descriptor);
    },
    deleteProperty(object, key) {
      note(`delete ${String(key)}`);
      return Reflect.deleteProperty(object, key);
    },
    ownKeys(object) {
      note('ownKeys');
      return Reflect.ownKeys(object);
    },
    getPrototypeOf(object) {
      note('getPrototypeOf');
      return Reflect.getPrototypeOf(object);
    },
  });
  return [proxy, asked];
}

scene('what is asked of the user’s objects', async () => {
  await withClient(async (client) => {
    const [config, asked] = watched({ text: 'SELECT $1::int AS n', values: [1] });
    await logOutcome('query config', client.query(config));
    log('query config', asked.sort());
    const [named, askedOfNamed] = watched({ name: 'x', text: 'SELECT 1 AS n' });
    await logOutcome('named config', client.query(named));
    log('named config', askedOfNamed.sort());
  });
  const [clientConfig, askedOfClientConfig] = watched({ host: process.env.PGHOST });
  await withClient((client) => client.query('SELECT 1'), clientConfig);
  log('client config', askedOfClientConfig.sort());
  const [poolConfig, askedOfPoolConfig] = watched({ max: 2 });
  await withPool((pool) => pool.query('SELECT 1'), poolConfig);
  log('pool config', askedOfPoolConfig.sort());
});

scene('a frozen client class and pool', async () => {
  const pool = new pg.Pool();
  const client = await pool.connect();
  log(
    'extensible',
    Object.isExtensible(client),
    Object.isExtensible(pool),
    Object.isExtensible(pg.Client.prototype),
  );
  client.release();
  await pool.end();
});

scene('errors are the driver’s own objects', () =>
  withClient(async (client) => {
    const seen = [];
    client.connection.once('errorMessage', (error) => seen.push(error));
    const error = await client.query('SELECT * FROM missing').catch((error) => error);
    log(
      'error',
      seen[0] === error,
      Object.getOwnPropertyNames(error),
      Object.getOwnPropertySymbols(error).length,
    );
    const query = new pg.Query('SELECT * FROM missing');
    client.connection.once('errorMessage', (error) => seen.push(error));
    client.query(query);
    const [emitted] = await once(query, 'error');
    log('emitted', seen[1] === emitted);
  }),
);
