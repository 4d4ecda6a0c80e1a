// neon(): results and their shapes, what is returned when, options on every level, what user code is called with.
const { AsyncLocalStorage } = require('node:async_hooks');
const { types: nodeTypes } = require('node:util');
const { neon: driver, url, endpoint, scene, log, logOutcome, withSettings, takesParameters } = require(
  process.env.NEON_STAGE,
);
const { neon, neonConfig, NeonQueryPromise } = driver;

const sql = neon(url);

/** A function that notes each call. */
function noting(list, note, run) {
  return (...args) => {
    list.push(note(...args));
    return run(...args);
  };
}

scene('module', () => {
  const shape = Object.entries(Object.getOwnPropertyDescriptors(driver)).map(
    ([name, { get, set, value, writable, enumerable }]) => [
      name,
      typeof (get ? driver[name] : value),
      get === undefined,
      set === undefined,
      writable,
      enumerable,
    ],
  );
  log('shape', shape);
  log('keys', Object.keys(driver), Reflect.ownKeys(driver), Object.isFrozen(driver), Object.isSealed(driver));
  log('module', Object.prototype.toString.call(driver), nodeTypes.isModuleNamespaceObject(driver));
  log('build', driver._bundleExt);
  log('esModule', driver.__esModule, Object.getPrototypeOf(driver) === Object.prototype, 'default' in driver);
  log('neon', neon.name, neon.length, Reflect.ownKeys(neon), driver.neon === neon);
  const required = require('@neondatabase/serverless');
  log('same', required === driver, require(require.resolve('@neondatabase/serverless')) === required);
  for (const name of ['Client', 'Pool', 'NeonDbError', 'NeonQueryPromise', 'SqlTemplate', 'UnsafeRawSql']) {
    const Class = driver[name];
    log(name, Class.name, Class.length, Object.keys(Class), Object.getOwnPropertyNames(Class.prototype));
  }
  log('settings', Reflect.ownKeys(neonConfig), neonConfig.fetchFunction, neonConfig.poolQueryViaFetch);
  log(
    'accessors',
    Object.entries(Object.getOwnPropertyDescriptors(neonConfig)).map(
      ([name, { configurable, enumerable, writable, get, set }]) => [
        name,
        configurable,
        enumerable,
        writable,
        typeof get,
        typeof set,
      ],
    ),
  );
  log('assigned', (() => Object.getOwnPropertyNames(neonConfig))());
});

scene('the function', async () => {
  log('own', Reflect.ownKeys(sql), Object.keys(sql), sql.name, sql.length, typeof sql);
  for (const name of Object.keys(sql)) {
    const { value, ...attributes } = Object.getOwnPropertyDescriptor(sql, name);
    log(name, attributes, value.name, value.length);
  }
  log('tests of others', 'query' in sql && 'transaction' in sql);
  const { query, unsafe, transaction } = sql;
  await logOutcome('detached query', query('SELECT 1 AS n'));
  await logOutcome('detached transaction', transaction([query('SELECT 1 AS n'), sql`SELECT ${2}::int AS n`]));
  log('detached unsafe', unsafe('x'));
  log(
    'called',
    thrown(() => sql('SELECT 1')),
    thrown(() => sql.query()),
  );
});

function thrown(run) {
  try {
    const value = run();
    return value?.constructor?.name;
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
}

scene('templates', async () => {
  const query = sql`SELECT ${1}::int AS n, ${'a'}::text AS t`;
  log('query', query instanceof NeonQueryPromise, nodeTypes.isPromise(query), query.constructor.name);
  log('own', Object.keys(query), Object.getOwnPropertyNames(query), Object.getOwnPropertySymbols(query));
  log(
    'descriptors',
    Object.entries(Object.getOwnPropertyDescriptors(query)).map(([name, { value, ...more }]) => [
      name,
      typeof value,
      more,
    ]),
  );
  log('text', query.queryData.toParameterizedQuery(), query.opts);
  await logOutcome('rows', query);
  await logOutcome('again', query);
  const both = await Promise.all([query, query]);
  log('both', both, both[0] === both[1]);
  log('after', Object.keys(query), query.queryData.toParameterizedQuery());
  const asked = query.then((rows) => rows.length);
  log('then', asked instanceof Promise, nodeTypes.isPromise(asked), asked.constructor === Promise);
  await logOutcome('then', asked);
  await logOutcome(
    'catch',
    query.catch(() => 'no'),
  );
  const order = [];
  await logOutcome(
    'finally',
    query.finally((...args) => order.push(args.length)),
  );
  log('order', order);
  await logOutcome('then without anything', query.then());
  await logOutcome('then with what is no function', query.then(1, 2));
  await logOutcome(
    'a rejecting callback',
    query.then(() => Promise.reject(new RangeError('mine'))),
  );
  await logOutcome(
    'caught',
    sql`SELECT * FROM missing`.catch((error) => error.code),
  );
  await logOutcome(
    'finally of a failure',
    sql`SELECT * FROM missing`.finally(() => 'ignored'),
  );
  await logOutcome('race', Promise.race([query]));
  await logOutcome('allSettled', Promise.allSettled([query]));
  await logOutcome('resolve', Promise.resolve(query));
});

scene('values', async () => {
  const date = new Date(Date.UTC(2026, 0, 2, 3, 4, 5));
  await logOutcome(
    'values',
    sql`SELECT ${1}::int AS a, ${true}::bool AS b, ${null}::text AS c, ${undefined}::text AS d,
    ${[1, 2]}::int[] AS e, ${{ a: [1] }}::jsonb AS f, ${Buffer.from('hi')} AS g, ${10n}::bigint AS h,
    ${date.toISOString()}::timestamptz AS i`,
  );
  const calls = [];
  const own = {
    toPostgres(prepare) {
      calls.push([typeof prepare, this === own]);
      return 5;
    },
  };
  await logOutcome('toPostgres', sql`SELECT ${own}::int AS n`);
  log('calls', calls);
  await logOutcome(
    'failing toPostgres',
    sql`SELECT ${{
      toPostgres: () => {
        throw new RangeError('not this');
      },
    }}`,
  );
  const asked = [];
  const watched = new Proxy({ a: 1 }, { get: noting(asked, (_, name) => String(name), Reflect.get) });
  await logOutcome('watched', sql`SELECT ${watched}::jsonb AS v`);
  log('asked', asked);
});

scene('composition', async () => {
  const where = sql`WHERE n > ${1}`;
  await logOutcome('nested', sql`SELECT n FROM generate_series(1, ${4}::int) AS n ${where} ORDER BY n`);
  await logOutcome(
    'twice',
    sql`SELECT n FROM generate_series(1, 4) AS n ${where} ${sql.unsafe('ORDER BY n DESC')}`,
  );
  await logOutcome('of a query', sql`SELECT * FROM (${sql.query('SELECT 1 AS n')}) AS q`);
  await logOutcome('not composable', sql`SELECT * FROM (${sql.query('SELECT $1 AS n', [1])}) AS q`);
  await logOutcome('deep', sql`SELECT ${sql`${sql`${1}::int`} + ${2}::int`} AS n`);
});

scene('query', async () => {
  await logOutcome('text', sql.query('SELECT 1 AS n'));
  await logOutcome('values', sql.query('SELECT $1::int AS n', [1]));
  await logOutcome('null for values', sql.query('SELECT 1 AS n', null));
  await logOutcome('arrayMode', sql.query('SELECT $1::int AS n', [1], { arrayMode: true }));
  await logOutcome('empty', sql.query(''));
  await logOutcome('a comment', sql.query('-- nothing'));
  await logOutcome('no text', sql.query());
  await logOutcome('a wrong text', sql.query({ text: 'SELECT 1' }));
  await logOutcome('null', sql.query(null));
  await logOutcome('several statements', sql.query('SELECT 1; SELECT 2'));
  await logOutcome('no rows', sql.query('SELECT 1 WHERE false', [], { fullResults: true }));
  const types = {
    getTypeParser:
      (...args) =>
      (value) =>
        `${args} ${value}`,
  };
  await logOutcome('types', sql.query('SELECT 1 AS n, now() IS NULL AS b', [], { types, fullResults: true }));
  const failing = {
    getTypeParser: () => () => {
      throw new RangeError('not parsed');
    },
  };
  await logOutcome('failing types', sql.query('SELECT 1 AS n', [], { types: failing }));
});

scene('results', async () => {
  for (const options of [
    {},
    { fullResults: true },
    { arrayMode: true },
    { arrayMode: true, fullResults: true },
  ]) {
    const other = neon(url, options);
    const result = await other`SELECT 1 AS n, 'a' AS t`;
    log('result', result, Object.keys(result), Array.isArray(result));
    await logOutcome('insert', other`INSERT INTO items VALUES (${1}) ON CONFLICT DO NOTHING`);
    await logOutcome('per query', other.query('SELECT 1 AS n', [], { arrayMode: false, fullResults: false }));
    await logOutcome(
      'batch',
      other.transaction([other`SELECT 1 AS n`, other.query('SELECT 2 AS m', [], { arrayMode: true })]),
    );
    await logOutcome(
      'batch of another mode',
      other.transaction([other`SELECT 1 AS n`], { fullResults: true, arrayMode: true }),
    );
  }
});

scene('transactions', async () => {
  const level = (query = sql) => query`SELECT current_setting('transaction_isolation') AS level,
    current_setting('transaction_read_only') AS ro, current_setting('transaction_deferrable') AS d`;
  await logOutcome('array', sql.transaction([level(), sql`SELECT ${1}::int AS n`]));
  let passed;
  const returned = sql.transaction(function (...args) {
    passed = [args.length, args[0] === sql, this === undefined || this === globalThis];
    return args.map((tx) => level(tx));
  });
  log('passed', passed, returned instanceof Promise, returned.constructor === Promise);
  await logOutcome('function', returned);
  for (const isolationLevel of ['ReadUncommitted', 'ReadCommitted', 'RepeatableRead', 'Serializable']) {
    await logOutcome(
      isolationLevel,
      sql.transaction([level()], { isolationLevel, readOnly: true, deferrable: true }),
    );
  }
  await logOutcome(
    'of the function',
    neon(url, { isolationLevel: 'Serializable', readOnly: true }).transaction((tx) => [level(tx)]),
  );
  await logOutcome('empty', sql.transaction([]));
  await logOutcome('nothing', sql.transaction());
  await logOutcome('no array', sql.transaction('SELECT 1'));
  await logOutcome('not queries', sql.transaction([Promise.resolve(1)]));
  await logOutcome('a gap', sql.transaction([undefined]));
  await logOutcome(
    'async function',
    sql.transaction(async () => []),
  );
  await logOutcome(
    'throwing function',
    sql.transaction(() => {
      throw new RangeError('mine');
    }),
  );
  await logOutcome('failing', sql.transaction([sql`SELECT 1 AS n`, sql`SELECT * FROM missing`]));
  await logOutcome('read only', sql.transaction([sql`INSERT INTO items VALUES (2)`], { readOnly: true }));
  const shared = sql`SELECT 1 AS n`;
  await logOutcome('one query twice', sql.transaction([shared, shared]));
  await logOutcome('with a query of another function', sql.transaction([neon(url)`SELECT 1 AS n`]));
  const called = [];
  await logOutcome(
    'a query within',
    sql.transaction((tx) => {
      called.push(tx`SELECT 5 AS n`.then((rows) => rows));
      return [tx`SELECT 6 AS n`];
    }),
  );
  await logOutcome('the query within', called[0]);
});

scene('lazy', async () => {
  let requests = 0;
  const fetchFunction = (...args) => {
    requests += 1;
    return fetch(...args);
  };
  await withSettings({ fetchFunction }, async () => {
    const never = sql`SELECT 1`;
    sql.query('SELECT 1');
    sql.unsafe('x');
    await Promise.resolve();
    log('never awaited', requests);
    await sql.transaction([never, sql`SELECT 2`]);
    log('in a transaction', requests);
    await Promise.all([never, never]);
    log('awaited twice', requests);
  });
});

scene('fetchFunction', async () => {
  const seen = [];
  function fetchFunction(...args) {
    const [to, init] = args;
    seen.push([
      args.length,
      this === undefined,
      to,
      Reflect.ownKeys(init),
      init.method,
      init.body,
      Object.keys(init.headers),
      Object.getPrototypeOf(init.headers) === Object.prototype,
    ]);
    return fetch(...args);
  }
  await withSettings({ fetchFunction }, async () => {
    log('read back', neonConfig.fetchFunction === fetchFunction);
    await logOutcome('template', sql`SELECT ${1}::int AS n`);
    await logOutcome('transaction', sql.transaction([sql`SELECT 1 AS n`], { readOnly: true }));
    await logOutcome(
      'options',
      neon(url, { fetchOptions: { cache: 'no-store', [Symbol.for('mine')]: 1 } })`SELECT 1 AS n`,
    );
    log('read back', neonConfig.fetchFunction === fetchFunction);
  });
  log('seen', seen);
  /** Settles its own way. */
  const thenable = (value) => Object.defineProperty({}, 'then', { value: (ok) => ok(value) });
  const answer = (rows) => ({
    fields: [{ name: 'n', dataTypeID: 23 }],
    rows,
    command: 'SELECT',
    rowCount: 1,
  });
  const others = {
    'not a promise': () => new Response(JSON.stringify(answer([['1']]))),
    'a thenable': () => thenable(new Response(JSON.stringify(answer([['2']])))),
    'a little': async () => ({ ok: true, json: () => answer([['3']]) }),
    'of a thenable': async () => ({ ok: true, json: () => thenable(answer([['4']])) }),
    frozen: async () => Object.freeze({ ok: true, status: 200, json: async () => answer([['5']]) }),
    nothing: async () => undefined,
    rejecting: async () => {
      throw 'a string';
    },
    'without rows': async () => ({ ok: true, json: async () => ({ fields: [] }) }),
    'an error without a body': async () => ({ ok: false, status: 400, json: async () => ({}) }),
    'another status': async () => ({ ok: false, status: 418, text: async () => 'tea' }),
  };
  for (const [name, fetchFunction] of Object.entries(others)) {
    await withSettings({ fetchFunction }, () => logOutcome(name, sql`SELECT 1 AS n`));
  }
  const shared = { ok: true, status: 200, json: () => answer([['6']]) };
  const own = shared.json;
  await withSettings({ fetchFunction: async () => shared }, async () => {
    for (let time = 0; time < 3; time++) await sql`SELECT 1`;
    await Promise.all([sql`SELECT 1`, sql`SELECT 1`]);
  });
  log(
    'one answer for all',
    shared.json === own,
    Object.keys(shared),
    Object.getOwnPropertyDescriptor(shared, 'json').writable,
  );
  for (const text of ['SELECT 1 AS n', 'SELECT * FROM missing']) {
    let kept;
    const fetchFunction = async (...args) => {
      kept = await fetch(...args);
      return kept;
    };
    await withSettings({ fetchFunction }, () => logOutcome('kept', sql.query(text)));
    log('kept', Reflect.ownKeys(kept), kept.bodyUsed, kept.json === Response.prototype.json);
  }
  log('unset', neonConfig.fetchFunction);
});

scene('fetchEndpoint and options', async () => {
  const called = [];
  await withSettings(
    {
      fetchEndpoint: noting(
        called,
        (...args) => args,
        () => endpoint,
      ),
    },
    async () => {
      await logOutcome('function', sql`SELECT 1 AS n`);
      await logOutcome('with a token', neon(url, { authToken: 'token' })`SELECT 1 AS n`);
    },
  );
  log('called', called);
  await withSettings(
    {
      fetchEndpoint: () => {
        throw new RangeError('no endpoint');
      },
    },
    () => logOutcome('throwing', sql`SELECT 1`),
  );
  const tokens = [];
  await logOutcome(
    'token function',
    neon(url, {
      authToken: noting(
        tokens,
        (...args) => args.length,
        async () => 'token',
      ),
    })`SELECT 1 AS n`,
  );
  log('tokens', tokens);
  const noToken = neon(url, {
    authToken: () => {
      throw new RangeError('no token');
    },
  });
  await logOutcome('failing token', noToken`SELECT 1`);
  await logOutcome('failing token in a transaction', noToken.transaction([noToken`SELECT 1`]));
  await logOutcome('rejecting with a text', neon(url, { authToken: () => Promise.reject('why') })`SELECT 1`);
  await logOutcome('headers replaced', neon(url, { fetchOptions: { headers: { 'x-mine': '1' } } })`SELECT 1`);
  await logOutcome('per query', sql.query('SELECT 1 AS n', [], { fetchOptions: { priority: 'high' } }));
});

scene('context', async () => {
  const storage = new AsyncLocalStorage();
  const seen = [];
  await storage.run('caller', async () => {
    await sql`SELECT 1`;
    seen.push(storage.getStore());
    await sql`SELECT * FROM missing`.catch(() => seen.push(storage.getStore()));
    await sql.transaction([sql`SELECT 1`]);
    seen.push(storage.getStore());
  });
  await withSettings({ fetchFunction: noting(seen, () => storage.getStore(), fetch) }, async () => {
    await storage.run('outer', () => sql`SELECT 1`);
    await storage.run('inner', async () => await sql`SELECT 1`);
  });
  log('seen', seen);
});

scene('order', async () => {
  const order = [];
  await Promise.all([
    sql`SELECT 1`.then(() => order.push('then')).finally(() => order.push('finally')),
    (async () => order.push('another'))(),
  ]);
  log('order', order);
  const noted = [];
  await withSettings({ fetchFunction: noting(noted, () => 'sent', fetch) }, async () => {
    noted.push('before');
    const asked = sql`SELECT 1`.then(() => noted.push('answered'));
    noted.push('after');
    await asked;
  });
  log('noted', noted);
});

scene('unhandled', async () => {
  const seen = [];
  const note = (error) => seen.push(error.message);
  process.on('unhandledRejection', note);
  sql`SELECT * FROM missing`.then(() => {});
  sql`SELECT * FROM missing`.finally(() => {});
  sql.transaction([sql`SELECT * FROM missing`]);
  sql`SELECT * FROM missing`.catch(() => {});
  sql`SELECT * FROM missing`;
  await sql`SELECT pg_sleep(0.2)`;
  process.off('unhandledRejection', note);
  log('seen', seen);
});

scene('connection parameters', async () => {
  for (const [name, text] of Object.entries({
    empty: '',
    'no url': 'this is no url',
    'another scheme': url.replace(/^\w+:/, 'mysql:'),
    'without a database': url.replace(/\/\w+$/, ''),
    'without a user': url.replace(/\/\/.*@/, '//'),
    'a strange port': url.replace(/:\d+\//, ':port/'),
    undefined: undefined,
  })) {
    let other;
    try {
      other = neon(text);
    } catch (error) {
      log(`${name}: threw`, error);
      continue;
    }
    await logOutcome(name, other`SELECT 1 AS n`);
    await logOutcome(`${name}, in a transaction`, other.transaction([other`SELECT 1 AS n`]));
  }
  if (!takesParameters) return;
  const { username, password, hostname, port, pathname } = new URL(url);
  const calls = [];
  const parameter = (name, value) =>
    noting(
      calls,
      () => name,
      () => value,
    );
  const asked = neon({
    username: async () => username,
    password: parameter('password', password),
    host: hostname,
    port: parameter('port', Number(port)),
    database: parameter('database', pathname.slice(1)),
  });
  await logOutcome('functions', asked`SELECT current_user IS NULL AS n`);
  await logOutcome('again', asked.transaction([asked`SELECT 1 AS n`]));
  log('calls', calls);
  await logOutcome(
    'of a query',
    neon({ host: hostname }).query('SELECT 1 AS n', [], { connectionString: async () => url }),
  );
  await logOutcome(
    'user and username',
    neon({ user: 'a', username: 'b', host: 'h', database: 'd' })`SELECT 1`,
  );
  await logOutcome(
    'failing function',
    neon({
      connectionString: () => {
        throw new RangeError('no string');
      },
    })`SELECT 1`,
  );
  await logOutcome('a wrong value', neon({ connectionString: url, port: true })`SELECT 1`);
});
