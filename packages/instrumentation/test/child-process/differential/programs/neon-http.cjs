// neon(): results and their shapes, what is returned when, options on every level, what user code is called with.
const { AsyncLocalStorage } = require('node:async_hooks');
const { types: nodeTypes } = require('node:util');
const { neon: driver, url, endpoint, scene, tell, told, withSettings, takesParameters } = require(
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
  tell('shape', shape);
  tell(
    'keys',
    Object.keys(driver),
    Reflect.ownKeys(driver),
    Object.isFrozen(driver),
    Object.isSealed(driver),
  );
  tell('module', Object.prototype.toString.call(driver), nodeTypes.isModuleNamespaceObject(driver));
  tell('build', driver._bundleExt);
  tell(
    'esModule',
    driver.__esModule,
    Object.getPrototypeOf(driver) === Object.prototype,
    'default' in driver,
  );
  tell('neon', neon.name, neon.length, Reflect.ownKeys(neon), driver.neon === neon);
  const required = require('@neondatabase/serverless');
  tell('same', required === driver, require(require.resolve('@neondatabase/serverless')) === required);
  for (const name of ['Client', 'Pool', 'NeonDbError', 'NeonQueryPromise', 'SqlTemplate', 'UnsafeRawSql']) {
    const Class = driver[name];
    tell(name, Class.name, Class.length, Object.keys(Class), Object.getOwnPropertyNames(Class.prototype));
  }
  tell('settings', Reflect.ownKeys(neonConfig), neonConfig.fetchFunction, neonConfig.poolQueryViaFetch);
  tell(
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
  tell('assigned', (() => Object.getOwnPropertyNames(neonConfig))());
});

scene('the function', async () => {
  tell('own', Reflect.ownKeys(sql), Object.keys(sql), sql.name, sql.length, typeof sql);
  for (const name of Object.keys(sql)) {
    const { value, ...attributes } = Object.getOwnPropertyDescriptor(sql, name);
    tell(name, attributes, value.name, value.length);
  }
  tell('tests of others', 'query' in sql && 'transaction' in sql);
  const { query, unsafe, transaction } = sql;
  await told('detached query', query('SELECT 1 AS n'));
  await told('detached transaction', transaction([query('SELECT 1 AS n'), sql`SELECT ${2}::int AS n`]));
  tell('detached unsafe', unsafe('x'));
  tell(
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
  tell('query', query instanceof NeonQueryPromise, nodeTypes.isPromise(query), query.constructor.name);
  tell('own', Object.keys(query), Object.getOwnPropertyNames(query), Object.getOwnPropertySymbols(query));
  tell(
    'descriptors',
    Object.entries(Object.getOwnPropertyDescriptors(query)).map(([name, { value, ...more }]) => [
      name,
      typeof value,
      more,
    ]),
  );
  tell('text', query.queryData.toParameterizedQuery(), query.opts);
  await told('rows', query);
  await told('again', query);
  const both = await Promise.all([query, query]);
  tell('both', both, both[0] === both[1]);
  tell('after', Object.keys(query), query.queryData.toParameterizedQuery());
  const asked = query.then((rows) => rows.length);
  tell('then', asked instanceof Promise, nodeTypes.isPromise(asked), asked.constructor === Promise);
  await told('then', asked);
  await told(
    'catch',
    query.catch(() => 'no'),
  );
  const order = [];
  await told(
    'finally',
    query.finally((...args) => order.push(args.length)),
  );
  tell('order', order);
  await told('then without anything', query.then());
  await told('then with what is no function', query.then(1, 2));
  await told(
    'a rejecting callback',
    query.then(() => Promise.reject(new RangeError('mine'))),
  );
  await told(
    'caught',
    sql`SELECT * FROM missing`.catch((error) => error.code),
  );
  await told(
    'finally of a failure',
    sql`SELECT * FROM missing`.finally(() => 'ignored'),
  );
  await told('race', Promise.race([query]));
  await told('allSettled', Promise.allSettled([query]));
  await told('resolve', Promise.resolve(query));
});

scene('values', async () => {
  const date = new Date(Date.UTC(2026, 0, 2, 3, 4, 5));
  await told(
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
  await told('toPostgres', sql`SELECT ${own}::int AS n`);
  tell('calls', calls);
  await told(
    'failing toPostgres',
    sql`SELECT ${{
      toPostgres: () => {
        throw new RangeError('not this');
      },
    }}`,
  );
  const asked = [];
  const watched = new Proxy({ a: 1 }, { get: noting(asked, (_, name) => String(name), Reflect.get) });
  await told('watched', sql`SELECT ${watched}::jsonb AS v`);
  tell('asked', asked);
});

scene('composition', async () => {
  const where = sql`WHERE n > ${1}`;
  await told('nested', sql`SELECT n FROM generate_series(1, ${4}::int) AS n ${where} ORDER BY n`);
  await told(
    'twice',
    sql`SELECT n FROM generate_series(1, 4) AS n ${where} ${sql.unsafe('ORDER BY n DESC')}`,
  );
  await told('of a query', sql`SELECT * FROM (${sql.query('SELECT 1 AS n')}) AS q`);
  await told('not composable', sql`SELECT * FROM (${sql.query('SELECT $1 AS n', [1])}) AS q`);
  await told('deep', sql`SELECT ${sql`${sql`${1}::int`} + ${2}::int`} AS n`);
});

scene('query', async () => {
  await told('text', sql.query('SELECT 1 AS n'));
  await told('values', sql.query('SELECT $1::int AS n', [1]));
  await told('null for values', sql.query('SELECT 1 AS n', null));
  await told('arrayMode', sql.query('SELECT $1::int AS n', [1], { arrayMode: true }));
  await told('empty', sql.query(''));
  await told('a comment', sql.query('-- nothing'));
  await told('no text', sql.query());
  await told('a wrong text', sql.query({ text: 'SELECT 1' }));
  await told('null', sql.query(null));
  await told('several statements', sql.query('SELECT 1; SELECT 2'));
  await told('no rows', sql.query('SELECT 1 WHERE false', [], { fullResults: true }));
  const types = {
    getTypeParser:
      (...args) =>
      (value) =>
        `${args} ${value}`,
  };
  await told('types', sql.query('SELECT 1 AS n, now() IS NULL AS b', [], { types, fullResults: true }));
  const failing = {
    getTypeParser: () => () => {
      throw new RangeError('not parsed');
    },
  };
  await told('failing types', sql.query('SELECT 1 AS n', [], { types: failing }));
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
    tell('result', result, Object.keys(result), Array.isArray(result));
    await told('insert', other`INSERT INTO items VALUES (${1}) ON CONFLICT DO NOTHING`);
    await told('per query', other.query('SELECT 1 AS n', [], { arrayMode: false, fullResults: false }));
    await told(
      'batch',
      other.transaction([other`SELECT 1 AS n`, other.query('SELECT 2 AS m', [], { arrayMode: true })]),
    );
    await told(
      'batch of another mode',
      other.transaction([other`SELECT 1 AS n`], { fullResults: true, arrayMode: true }),
    );
  }
});

scene('transactions', async () => {
  const level = (query = sql) => query`SELECT current_setting('transaction_isolation') AS level,
    current_setting('transaction_read_only') AS ro, current_setting('transaction_deferrable') AS d`;
  await told('array', sql.transaction([level(), sql`SELECT ${1}::int AS n`]));
  let passed;
  const returned = sql.transaction(function (...args) {
    passed = [args.length, args[0] === sql, this === undefined || this === globalThis];
    return args.map((tx) => level(tx));
  });
  tell('passed', passed, returned instanceof Promise, returned.constructor === Promise);
  await told('function', returned);
  for (const isolationLevel of ['ReadUncommitted', 'ReadCommitted', 'RepeatableRead', 'Serializable']) {
    await told(
      isolationLevel,
      sql.transaction([level()], { isolationLevel, readOnly: true, deferrable: true }),
    );
  }
  await told(
    'of the function',
    neon(url, { isolationLevel: 'Serializable', readOnly: true }).transaction((tx) => [level(tx)]),
  );
  await told('empty', sql.transaction([]));
  await told('nothing', sql.transaction());
  await told('no array', sql.transaction('SELECT 1'));
  await told('not queries', sql.transaction([Promise.resolve(1)]));
  await told('a gap', sql.transaction([undefined]));
  await told(
    'async function',
    sql.transaction(async () => []),
  );
  await told(
    'throwing function',
    sql.transaction(() => {
      throw new RangeError('mine');
    }),
  );
  await told('failing', sql.transaction([sql`SELECT 1 AS n`, sql`SELECT * FROM missing`]));
  await told('read only', sql.transaction([sql`INSERT INTO items VALUES (2)`], { readOnly: true }));
  const shared = sql`SELECT 1 AS n`;
  await told('one query twice', sql.transaction([shared, shared]));
  await told('with a query of another function', sql.transaction([neon(url)`SELECT 1 AS n`]));
  const called = [];
  await told(
    'a query within',
    sql.transaction((tx) => {
      called.push(tx`SELECT 5 AS n`.then((rows) => rows));
      return [tx`SELECT 6 AS n`];
    }),
  );
  await told('the query within', called[0]);
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
    tell('never awaited', requests);
    await sql.transaction([never, sql`SELECT 2`]);
    tell('in a transaction', requests);
    await Promise.all([never, never]);
    tell('awaited twice', requests);
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
    tell('read back', neonConfig.fetchFunction === fetchFunction);
    await told('template', sql`SELECT ${1}::int AS n`);
    await told('transaction', sql.transaction([sql`SELECT 1 AS n`], { readOnly: true }));
    await told(
      'options',
      neon(url, { fetchOptions: { cache: 'no-store', [Symbol.for('mine')]: 1 } })`SELECT 1 AS n`,
    );
    tell('read back', neonConfig.fetchFunction === fetchFunction);
  });
  tell('seen', seen);
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
    await withSettings({ fetchFunction }, () => told(name, sql`SELECT 1 AS n`));
  }
  const shared = { ok: true, status: 200, json: () => answer([['6']]) };
  const own = shared.json;
  await withSettings({ fetchFunction: async () => shared }, async () => {
    for (let time = 0; time < 3; time++) await sql`SELECT 1`;
    await Promise.all([sql`SELECT 1`, sql`SELECT 1`]);
  });
  tell(
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
    await withSettings({ fetchFunction }, () => told('kept', sql.query(text)));
    tell('kept', Reflect.ownKeys(kept), kept.bodyUsed, kept.json === Response.prototype.json);
  }
  tell('unset', neonConfig.fetchFunction);
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
      await told('function', sql`SELECT 1 AS n`);
      await told('with a token', neon(url, { authToken: 'token' })`SELECT 1 AS n`);
    },
  );
  tell('called', called);
  await withSettings(
    {
      fetchEndpoint: () => {
        throw new RangeError('no endpoint');
      },
    },
    () => told('throwing', sql`SELECT 1`),
  );
  const tokens = [];
  await told(
    'token function',
    neon(url, {
      authToken: noting(
        tokens,
        (...args) => args.length,
        async () => 'token',
      ),
    })`SELECT 1 AS n`,
  );
  tell('tokens', tokens);
  const noToken = neon(url, {
    authToken: () => {
      throw new RangeError('no token');
    },
  });
  await told('failing token', noToken`SELECT 1`);
  await told('failing token in a transaction', noToken.transaction([noToken`SELECT 1`]));
  await told('rejecting with a text', neon(url, { authToken: () => Promise.reject('why') })`SELECT 1`);
  await told('headers replaced', neon(url, { fetchOptions: { headers: { 'x-mine': '1' } } })`SELECT 1`);
  await told('per query', sql.query('SELECT 1 AS n', [], { fetchOptions: { priority: 'high' } }));
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
  tell('seen', seen);
});

scene('order', async () => {
  const order = [];
  await Promise.all([
    sql`SELECT 1`.then(() => order.push('then')).finally(() => order.push('finally')),
    (async () => order.push('another'))(),
  ]);
  tell('order', order);
  const noted = [];
  await withSettings({ fetchFunction: noting(noted, () => 'sent', fetch) }, async () => {
    noted.push('before');
    const asked = sql`SELECT 1`.then(() => noted.push('answered'));
    noted.push('after');
    await asked;
  });
  tell('noted', noted);
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
  tell('seen', seen);
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
      tell(`${name}: threw`, error);
      continue;
    }
    await told(name, other`SELECT 1 AS n`);
    await told(`${name}, in a transaction`, other.transaction([other`SELECT 1 AS n`]));
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
  await told('functions', asked`SELECT current_user IS NULL AS n`);
  await told('again', asked.transaction([asked`SELECT 1 AS n`]));
  tell('calls', calls);
  await told(
    'of a query',
    neon({ host: hostname }).query('SELECT 1 AS n', [], { connectionString: async () => url }),
  );
  await told('user and username', neon({ user: 'a', username: 'b', host: 'h', database: 'd' })`SELECT 1`);
  await told(
    'failing function',
    neon({
      connectionString: () => {
        throw new RangeError('no string');
      },
    })`SELECT 1`,
  );
  await told('a wrong value', neon({ connectionString: url, port: true })`SELECT 1`);
});
