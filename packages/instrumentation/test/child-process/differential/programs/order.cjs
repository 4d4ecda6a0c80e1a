// The order of callbacks, events, promises, microtasks and ticks.
const { AsyncLocalStorage } = require('node:async_hooks');
const { pg, scene, log, withClient, withPool } = require(process.env.STAGE);

/** A list that notes each microtask, so that the order of events between two of them is visible. */
function timeline() {
  const line = [];
  return { line, note: (what) => line.push(what) };
}

scene('query, callback and events', () =>
  withClient(async (client) => {
    const { line, note } = timeline();
    client.on('drain', () => note('drain'));
    client.connection.on('readyForQuery', () => note('ready (after pg)'));
    client.connection.prependListener('readyForQuery', () => note('ready (before pg)'));
    await new Promise((resolve) => {
      client.query('SELECT 1', () => {
        note('callback');
        process.nextTick(() => note('tick'));
        queueMicrotask(() => note('microtask'));
        setImmediate(resolve);
      });
      note('returned');
    });
    log('callback', line);
    line.length = 0;
    await client.query('SELECT 1').then(() => note('then'));
    note('after await');
    log('promise', line);
  }),
);

/** Microtasks between the server's answer and the caller of a promise. */
async function turns(client, answer, ask) {
  let turn = 0;
  let counting = false;
  const count = () => {
    turn += 1;
    if (counting) queueMicrotask(count);
  };
  client.connection.once(answer, () => {
    counting = true;
    queueMicrotask(count);
  });
  await ask();
  counting = false;
  return turn;
}

scene('microtasks of a query', () =>
  withClient(async (client) => {
    log('promise', await turns(client, 'readyForQuery', () => client.query('SELECT 1')));
    log(
      'failing',
      await turns(client, 'errorMessage', () => client.query('SELECT * FROM missing').catch(() => {})),
    );
  }),
);

scene('two queries of one client', () =>
  withClient(async (client) => {
    const { line, note } = timeline();
    const first = client.query('SELECT 1').then(() => note('first'));
    const second = client.query('SELECT 2').then(() => note('second'));
    await Promise.all([first, second]);
    client.query('SELECT 3', () => note('third'));
    client.query('SELECT 4', () => note('fourth'));
    await client.query('SELECT 5');
    log('order', line);
  }),
);

scene('connect', async () => {
  const { line, note } = timeline();
  const client = new pg.Client();
  client.on('connect', () => note('event connect'));
  const connected = client.connect().then(() => note('promise'));
  note('returned');
  await connected;
  log('promise', line);
  line.length = 0;
  await client.end().then(() => note('ended'));

  const other = new pg.Client();
  other.on('connect', () => note('event connect'));
  other.on('end', () => note('event end'));
  await new Promise((resolve) => {
    other.connect(() => {
      note('callback');
      setImmediate(resolve);
    });
    note('returned');
  });
  other.end(() => note('end called back'));
  await new Promise((resolve) => other.once('end', () => setImmediate(resolve)));
  log('callback', line);
});

scene('pool', () =>
  withPool(async (pool) => {
    const { line, note } = timeline();
    for (const name of ['connect', 'acquire', 'release', 'remove']) pool.on(name, () => note(name));
    for (const name of ['new', 'idle']) {
      await new Promise((resolve) => {
        pool.connect((_error, _client, release) => {
          note(`${name}: callback`);
          process.nextTick(() => note('tick'));
          queueMicrotask(() => note('microtask'));
          release();
          note('released');
          setImmediate(resolve);
        });
        note(`${name}: returned`);
      });
    }
    await pool.query('SELECT 1');
    note('query');
    const client = await pool.connect();
    note('promise');
    client.release(true);
    await new Promise((resolve) => pool.once('remove', resolve));
    log('order', line);
  }),
);

scene('async context', () =>
  withPool(
    async (pool) => {
      const storage = new AsyncLocalStorage();
      const seen = [];
      await storage.run('promise', async () => {
        await pool.query('SELECT 1');
        seen.push(storage.getStore());
        const client = await pool.connect();
        seen.push(storage.getStore());
        await client.query('SELECT 2');
        seen.push(storage.getStore());
        client.release();
      });
      log('promise', seen);
      log('outside', storage.getStore());

      // A waiting caller is called back in the context of the caller that released the connection.
      const held = await storage.run('holder', () => pool.connect());
      const calledBack = new Promise((resolve) => {
        storage.run('waiter', () => {
          pool.connect((_error, client, release) => {
            log('waiter', storage.getStore());
            client.query('SELECT 1', () => {
              log('its query', storage.getStore());
              release();
              resolve();
            });
          });
        });
      });
      storage.run('releaser', () => held.release());
      await calledBack;
    },
    { max: 1 },
  ),
);
