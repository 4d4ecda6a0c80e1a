import { type PostgresServer, startPostgres } from '@pg-otel/testkit';
import { Client } from 'pg';
import { type NeonLocal, startNeonLocal } from '.';

let postgres: PostgresServer;
let endpoint: NeonLocal;
let admin: Client;

beforeAll(async () => {
  postgres = await startPostgres();
  endpoint = await startNeonLocal({
    postgres: postgres.url,
    rolePasswords: { [postgres.user]: postgres.password },
  });
  admin = new Client(postgres.url);
  await admin.connect();
  await admin.query(`create table item (id int primary key, name text unique, price numeric(8, 2));
    create table part (item int references item deferrable initially deferred)`);
});
beforeEach(() => admin.query('truncate item cascade'));
afterAll(async () => {
  await admin.end();
  await endpoint.stop();
  await postgres.stop();
});

const NULLS = {
  detail: null,
  hint: null,
  position: null,
  internalPosition: null,
  internalQuery: null,
  where: null,
  table: null,
  column: null,
  schema: null,
  dataType: null,
  constraint: null,
  file: null,
  line: null,
  routine: null,
};
/** The body of an error that is not from Postgres. */
const problem = (message: string) => ({ message, code: '', severity: '', ...NULLS });

function post(
  body: unknown,
  headers: Record<string, string> = {},
  init: RequestInit = {},
): Promise<Response> {
  return fetch(endpoint.httpUrl, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...init,
    headers: {
      'Neon-Connection-String': postgres.url,
      'Neon-Raw-Text-Output': 'true',
      'Neon-Array-Mode': 'true',
      ...headers,
    },
  });
}

async function result(body: unknown, headers?: Record<string, string>): Promise<Record<string, unknown>> {
  const response = await post(body, headers);
  const json = (await response.json()) as Record<string, unknown>;
  if (response.status !== 200) throw new Error(JSON.stringify(json));
  return json;
}

async function answerTo(
  body: unknown,
  headers?: Record<string, string>,
): Promise<{ status: number; json: unknown }> {
  const response = await post(body, headers);
  return { status: response.status, json: await response.json() };
}

describe('a single statement', () => {
  it('is answered with fields, rows as text, command and row count', async () => {
    const query = 'select $1::int as a, null as b, true as c';
    expect(await result({ query, params: ['7'] })).toEqual({
      fields: [
        {
          name: 'a',
          dataTypeID: 23,
          tableID: 0,
          columnID: 0,
          dataTypeSize: 4,
          dataTypeModifier: -1,
          format: 'text',
        },
        {
          name: 'b',
          dataTypeID: 25,
          tableID: 0,
          columnID: 0,
          dataTypeSize: -1,
          dataTypeModifier: -1,
          format: 'text',
        },
        {
          name: 'c',
          dataTypeID: 16,
          tableID: 0,
          columnID: 0,
          dataTypeSize: 1,
          dataTypeModifier: -1,
          format: 'text',
        },
      ],
      rows: [['7', null, 't']],
      command: 'SELECT',
      rowCount: 1,
      rowAsArray: true,
    });
  });

  it('returns the table and modifier of a column', async () => {
    const { fields } = await result({ query: 'select price from item' });
    const { rows } = await admin.query(`select 'item'::regclass::oid as id`);
    expect(fields).toEqual([
      expect.objectContaining({
        name: 'price',
        tableID: rows[0].id,
        columnID: 3,
        dataTypeModifier: 524294,
      }),
    ]);
  });

  it.each([
    ['insert into item values (1), (2)', 'INSERT', 2],
    ['update item set price = 1', 'UPDATE', 0],
    ['create temp table t ()', 'CREATE', null],
    ['', '', null],
  ])('%s: the command is %j, the row count %j', async (query, command, rowCount) => {
    expect(await result({ query })).toEqual({ fields: [], rows: [], command, rowCount, rowAsArray: true });
  });

  it('has rows as objects unless arrays are asked for', async () => {
    const query = 'select 1 as a, 2 as b, 3 as a';
    const { rows, rowAsArray } = await result({ query }, { 'Neon-Array-Mode': 'false' });
    expect({ rows, rowAsArray }).toEqual({ rows: [{ a: '3', b: '2' }], rowAsArray: false });
  });

  it('chooses the format of its rows', async () => {
    const { rows, rowAsArray } = await result({ query: 'select 1 as a', arrayMode: false });
    expect({ rows, rowAsArray }).toEqual({ rows: [{ a: '1' }], rowAsArray: false });
  });

  it('has values as JSON unless text is asked for', async () => {
    const query = `select 1::int2, 2::int8, 1.5::float8, 'NaN'::float4, 1.50::numeric, false, null,
      '{"a": [1]}'::jsonb, array[[1, null]], array['a', null, '{'], 'x'::text, array[true], array['{}'::json],
      array[9::int8], '2020-01-01'::date`;
    const { rows } = await result({ query }, { 'Neon-Raw-Text-Output': 'false' });
    expect(rows).toEqual([
      [
        ...[1, '2', 1.5, 'NaN', '1.50', false, null, { a: [1] }, [[1, null]], ['a', null, '{'], 'x', [true]],
        ...[[{}], ['9'], '2020-01-01'],
      ],
    ]);
  });

  it('takes parameters that are no strings', async () => {
    const query = 'select $1::int + $2::int, $3::boolean, $4::jsonb, $5::text[], $6::text, $7::int[]';
    const params = [1, '2', true, { a: 'b' }, ['x"y', null, 'z'], null, [[1, 2]]];
    expect(await result({ query, params })).toMatchObject({
      rows: [['3', 't', '{"a": "b"}', '{"x\\"y",NULL,z}', null, '{{1,2}}']],
    });
  });

  it('is one statement', async () => {
    expect(await answerTo({ query: 'select 1; select 2' })).toMatchObject({
      status: 400,
      json: { code: '42601' },
    });
  });

  it.each(['copy item to stdout', 'copy item from stdin'])('cannot be %s', async (query) => {
    expect(await answerTo({ query })).toEqual({
      status: 400,
      json: problem('unexpected message from server'),
    });
    expect(await result({ query: 'select 1' })).toMatchObject({ rows: [['1']] });
  });

  it('leaves nothing of its session to the next', async () => {
    await result({ query: `set application_name = 'left'` });
    await result({ query: 'select pg_advisory_lock(1)' });
    await result({ query: 'create temp table mine ()' });
    const query = `select current_setting('application_name'), to_regclass('mine')`;
    expect(await result({ query })).toMatchObject({ rows: [['', null]] });
    const locks = await admin.query(`select from pg_locks where locktype = 'advisory'`);
    expect(locks.rowCount).toBe(0);
  });

  it('reuses its connection', async () => {
    const pids = [];
    for (let request = 0; request < 3; request++) {
      pids.push((await result({ query: 'select pg_backend_pid()' }))['rows']);
    }
    expect(new Set(pids.map(String)).size).toBe(1);
  });
});

describe('a batch', () => {
  const insert = (id: string, name: string) => ({
    query: 'insert into item values ($1, $2)',
    params: [id, name],
  });

  it('is answered with a list of results', async () => {
    const queries = [insert('1', 'tea'), { query: 'select name from item', arrayMode: false }];
    expect(await result({ queries })).toEqual({
      results: [
        { fields: [], rows: [], command: 'INSERT', rowCount: 1, rowAsArray: true },
        expect.objectContaining({ rows: [{ name: 'tea' }], command: 'SELECT', rowAsArray: false }),
      ],
    });
    expect((await admin.query('select from item')).rowCount).toBe(1);
  });

  it('runs in one transaction with the options of the headers, and the answer repeats them', async () => {
    const queries = [
      { query: 'show transaction_isolation' },
      { query: 'show transaction_read_only' },
      { query: 'show transaction_deferrable' },
    ];
    const asked = {
      'neon-batch-isolation-level': 'Serializable',
      'neon-batch-read-only': 'true',
      'neon-batch-deferrable': 'true',
    };
    const response = await post({ queries }, asked);
    const { results } = (await response.json()) as { results: { rows: string[][] }[] };
    expect(results.map(({ rows }) => rows[0]?.[0])).toEqual(['serializable', 'on', 'on']);
    expect(Object.fromEntries(response.headers)).toMatchObject(asked);
  });

  it.each(['ReadUncommitted', 'ReadCommitted', 'RepeatableRead', 'Serializable'])(
    'knows %s',
    async (level) => {
      const { results } = await result(
        { queries: [{ query: 'show transaction_isolation' }] },
        { 'Neon-Batch-Isolation-Level': level },
      );
      const spoken = level.replace(/(?<=[a-z])(?=[A-Z])/, ' ').toLowerCase();
      expect(results).toMatchObject([{ rows: [[spoken]] }]);
    },
  );

  it('has default options, and ignores headers that are not "true"', async () => {
    const response = await post(
      { queries: [{ query: 'show transaction_read_only' }, { query: 'show transaction_isolation' }] },
      { 'Neon-Batch-Read-Only': 'false', 'Neon-Batch-Deferrable': 'yes' },
    );
    expect(await response.json()).toMatchObject({
      results: [{ rows: [['off']] }, { rows: [['read committed']] }],
    });
    expect([...response.headers.keys()].filter((name) => name.startsWith('neon-batch'))).toEqual([]);
  });

  it('is undone by the first error, and no lock is left when the client has its answer', async () => {
    const { statements } = endpoint.stats();
    const answer = await answerTo({ queries: [insert('1', 'a'), insert('1', 'b'), insert('2', 'c')] });
    expect(answer).toMatchObject({ status: 400, json: { code: '23505' } });
    expect(endpoint.stats().statements - statements).toBe(2);
    const { rows } = await admin.query(
      `select (select count(*)::int from item) as items, count(*)::int as locks from pg_locks where relation = 'item'::regclass and pid <> pg_backend_pid()`,
    );
    expect(rows).toEqual([{ items: 0, locks: 0 }]);
  });

  it('fails at its end for a constraint that is deferred', async () => {
    const answer = await answerTo({ queries: [{ query: 'insert into part values (9)' }] });
    expect(answer).toMatchObject({ status: 400, json: { code: '23503', table: 'part' } });
  });

  it('refuses an isolation level that is none', async () => {
    expect(await answerTo({ queries: [] }, { 'Neon-Batch-Isolation-Level': 'Chaos' })).toEqual({
      status: 400,
      json: problem('invalid isolation level'),
    });
  });
});

describe('an error', () => {
  it('of Postgres has all its fields', async () => {
    await admin.query(`insert into item values (1, 'tea')`);
    expect(await answerTo({ query: `insert into item values (2, 'tea')` })).toEqual({
      status: 400,
      json: {
        ...NULLS,
        message: 'duplicate key value violates unique constraint "item_name_key"',
        code: '23505',
        severity: 'ERROR',
        detail: 'Key (name)=(tea) already exists.',
        schema: 'public',
        table: 'item',
        constraint: 'item_name_key',
        file: 'nbtinsert.c',
        line: expect.stringMatching(/^\d+$/),
        routine: '_bt_check_unique',
      },
    });
  });

  it('within a function has its place and the inner query', async () => {
    const query = `do $$ begin execute 'selec 1'; end $$`;
    expect(await answerTo({ query })).toMatchObject({
      status: 400,
      json: {
        code: '42601',
        position: null,
        internalPosition: '1',
        internalQuery: 'selec 1',
        where: expect.stringContaining('PL/pgSQL'),
      },
    });
  });

  it('has its position as a string', async () => {
    expect(await answerTo({ query: 'select nope' })).toMatchObject({
      json: { code: '42703', position: '8' },
    });
  });

  it('of a backend that is killed has status 400', async () => {
    expect(await answerTo({ query: 'select pg_terminate_backend(pg_backend_pid())' })).toMatchObject({
      status: 400,
      json: { code: '57P01', severity: 'FATAL' },
    });
    expect(await result({ query: 'select 1' })).toMatchObject({ rows: [['1']] });
  });
});

describe('who asks', () => {
  const asking = (change: (url: URL) => void, headers: Record<string, string> = {}) => {
    const url = new URL(postgres.url);
    change(url);
    return answerTo({ query: 'select current_user' }, { 'Neon-Connection-String': url.href, ...headers });
  };

  it.each(['wrong', '%00', 'p%C3%A4ss'])(
    'with the password %s is refused in the words of Neon',
    async (word) => {
      const answer = await asking((url) => {
        url.password = word;
      });
      expect(answer).toEqual({ status: 400, json: problem(`password authentication failed for user 'app'`) });
    },
  );

  it('as a role that does not exist is refused likewise', async () => {
    const answer = await asking((url) => {
      url.username = 'nobody';
    });
    expect(answer).toEqual({
      status: 400,
      json: problem(`password authentication failed for user 'nobody'`),
    });
  });

  it('for a database that does not exist gets the error of Postgres', async () => {
    const answer = await asking((url) => {
      url.pathname = '/nowhere';
    });
    expect(answer).toMatchObject({ status: 400, json: { code: '3D000', severity: 'FATAL' } });
  });

  it('may have a name, a password and a database that need encoding', async () => {
    await admin.query(`create role "a b/ü" login password 'p@ss:/?#'`);
    await admin.query('create database "my shop"');
    const name = encodeURIComponent('a b/ü');
    const url = `postgres://${name}:${encodeURIComponent('p@ss:/?#')}@localhost/my%20shop`;
    const query = 'select current_user, current_database()';
    expect(await result({ query }, { 'Neon-Connection-String': url })).toMatchObject({
      rows: [['a b/ü', 'my shop']],
    });
  });

  it('has its application name and options handed on, without what is for Neon', async () => {
    const url = `${postgres.url}?sslmode=require&channel_binding=require&application_name=till&options=${encodeURIComponent('endpoint=ep-a-b-c neon_lsn:1/2 -c work_mem=5MB')}`;
    const query = `select current_setting('application_name'), current_setting('work_mem')`;
    expect(await result({ query }, { 'Neon-Connection-String': url })).toMatchObject({
      rows: [['till', '5MB']],
    });
  });

  it('with the bearer token that the endpoint expects needs no password', async () => {
    const answer = await asking(
      (url) => {
        url.password = '';
      },
      { authorization: `Bearer ${postgres.password}` },
    );
    expect(answer).toMatchObject({ status: 200, json: { rows: [['app']] } });
  });

  it.each([
    ['another bearer token', '', 'Bearer a.b.c'],
    ['another password', 'wrong', undefined],
    ['another password and the bearer token', 'wrong', 'Bearer secret'],
  ])('with %s than the endpoint expects is refused', async (_what, password, authorization) => {
    const answer = await asking(
      (url) => {
        url.password = password;
      },
      authorization === undefined ? {} : { authorization },
    );
    expect(answer).toEqual({ status: 400, json: problem(`password authentication failed for user 'app'`) });
  });

  it.each([
    ['user', 'postgres://app%00database%00postgres:secret@localhost/app'],
    ['database', 'postgres://app:secret@localhost/app%00options%00-c%20work_mem=1MB'],
    ['parameter', 'postgres://app:secret@localhost/app?application_name=a%00replication%00database'],
  ])('with NUL in its %s cannot add startup parameters', async (_what, url) => {
    expect(await answerTo({ query: 'select 1' }, { 'Neon-Connection-String': url })).toEqual({
      status: 400,
      json: problem('invalid connection string: it contains NUL'),
    });
  });

  it('with a bearer token is refused where it does not', async () => {
    const answer = await asking(
      (url) => {
        url.username = 'stranger';
        url.password = '';
      },
      { authorization: 'Bearer a.b.c' },
    );
    expect(answer).toEqual({
      status: 400,
      json: problem(`password authentication failed for user 'stranger'`),
    });
  });

  it('with no password gets an error', async () => {
    const answer = await asking((url) => {
      url.password = '';
    });
    expect(answer).toEqual({
      status: 400,
      json: problem('missing authentication credentials: required password'),
    });
  });

  it('with an authorization that is no bearer token gets an error', async () => {
    expect(await asking(() => {}, { authorization: 'Basic a' })).toEqual({
      status: 400,
      json: problem('missing authentication credentials: required authorization bearer token in JWT format'),
    });
  });

  it.each([
    ['nonsense with secret', 'invalid connection string: not a URL'],
    ['mysql://app:secret@localhost/app', 'incorrect scheme'],
    ['postgres://localhost/app', 'missing username'],
    ['postgres:///app', 'missing username'],
    ['postgres://a:b%ff@localhost/app', 'invalid password'],
  ])('by %s gets an error that does not repeat the value', async (text, message) => {
    expect(await answerTo({ query: 'select 1' }, { 'Neon-Connection-String': text })).toEqual({
      status: 400,
      json: problem(message),
    });
  });

  it('without a connection string gets an error', async () => {
    const response = await fetch(endpoint.httpUrl, { method: 'POST', body: '{"query":"select 1"}' });
    expect({ status: response.status, json: await response.json() }).toEqual({
      status: 400,
      json: problem('invalid header: neon-connection-string'),
    });
  });
});

describe('a body', () => {
  it.each([
    ['{"query":', /^could not parse the HTTP request body: .*JSON/],
    ['', /^could not parse the HTTP request body: .*JSON/],
    ['[]', /neither "query" nor "queries"/],
    ['{"queries":1}', /neither "query" nor "queries"/],
    ['{"query":1}', /"query" must be a string/],
    ['{"queries":[null]}', /"query" must be a string/],
    ['{"query":"select 1\\u0000"}', /"query" must not contain NUL/],
    ['{"query":"select 1","params":{}}', /"params" must be an array/],
    ['{"query":"select 1","arrayMode":1}', /"arrayMode" must be true or false/],
  ])('like %j is refused', async (body, message) => {
    const { status, json } = await answerTo(body);
    expect({ status, json }).toEqual({ status: 400, json: problem(expect.stringMatching(message) as never) });
  });

  /** A body with a parameter of nested lists. The body itself adds 2 levels. */
  const nestedLists = (levels: number) =>
    `{"query":"select $1::text as x","params":[${'['.repeat(levels)}${']'.repeat(levels)}]}`;

  it('of 127 levels is read', async () => {
    const { status, json } = await answerTo(nestedLists(125));
    expect({ status, json }).toMatchObject({
      status: 200,
      json: { rows: [['{'.repeat(125) + '}'.repeat(125)]] },
    });
  });

  it.each([
    ['128 levels', nestedLists(126)],
    ['20,000 lists', nestedLists(20_000)],
    ['20,000 lists in a batch', `{"queries":[${nestedLists(20_000)}]}`],
    [
      '20,000 objects',
      `{"query":"select $1::json","params":[${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}]}`,
    ],
  ])('of %s is refused', async (_, body) => {
    const { status, json } = await answerTo(body);
    const message = 'could not parse the HTTP request body: it has more than 127 levels';
    expect({ status, json }).toEqual({ status: 400, json: problem(message) });
  });
});

describe('every answer', () => {
  it.each([
    ['of a result', { query: 'select 1' }, 200],
    ['of an error', { query: 'selec' }, 400],
  ])('%s has a request id, is JSON and is for no web page', async (_what, body, status) => {
    const response = await post(body);
    expect(response.status).toBe(status);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'neon-request-id': expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      'content-type': 'application/json',
    });
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('has its own request id', async () => {
    const ids = await Promise.all([1, 2].map(async () => (await post('')).headers.get('neon-request-id')));
    expect(new Set(ids).size).toBe(2);
  });

  it.each([
    ['GET', '/sql'],
    ['PUT', '/sql'],
    ['POST', '/'],
    ['POST', '//'],
    ['OPTIONS', '/other'],
  ])('to %s %s is that it is not supported', async (method, path) => {
    const response = await fetch(`${new URL(endpoint.httpUrl).origin}${path}`, { method });
    expect({ status: response.status, json: await response.json() }).toEqual({
      status: 400,
      json: 'query is not supported',
    });
  });

  it('to a client that asks first is what it may send', async () => {
    const response = await fetch(endpoint.httpUrl, { method: 'OPTIONS' });
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      allow: 'OPTIONS, POST',
      'access-control-allow-headers': expect.stringContaining('Neon-Connection-String'),
    });
  });
});

describe('a client that goes away', () => {
  it.each([
    ['a statement', { query: 'select pg_sleep(600)' }],
    [
      'a batch',
      { queries: [{ query: 'select 1' }, { query: 'select pg_sleep(600)' }, { query: 'select 3' }] },
    ],
  ])('has %s cancelled, and the rest is not run', async (_what, body) => {
    const before = endpoint.stats();
    const leaving = new AbortController();
    const answer = post(body, {}, { signal: leaving.signal });
    const sleeping = `select from pg_stat_activity where query = 'select pg_sleep(600)' and state = 'active'`;
    while ((await admin.query(sleeping)).rowCount === 0);
    leaving.abort();
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
    while ((await admin.query(sleeping)).rowCount !== 0);
    expect(endpoint.stats()).toMatchObject({
      cancelled: before.cancelled + 1,
      statements: before.statements + ('queries' in body ? 2 : 1),
    });
    expect(await result({ query: 'select 1' })).toMatchObject({ rows: [['1']] });
  });
});

describe('limits', () => {
  let small: NeonLocal;
  const ask = async (body: unknown) => {
    const headers = { 'Neon-Connection-String': postgres.url };
    const response = await fetch(small.httpUrl, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: response.status, json: await response.json() };
  };

  beforeAll(async () => {
    small = await startNeonLocal({
      postgres: postgres.url,
      maxRequestBytes: 1_000,
      maxResponseBytes: 1_000,
      maxHttpConnections: 2,
    });
  });
  afterAll(() => small.stop());

  it('of the request', async () => {
    const padded = (bytes: number) => ({ query: ''.padEnd(bytes - '{"query":""}'.length) });
    expect(await ask(padded(1_000))).toMatchObject({ status: 200 });
    expect(await ask(padded(1_001))).toEqual({
      status: 413,
      json: problem('request is too large (max is 1000 bytes)'),
    });
    expect(await ask(padded(3_000_000))).toMatchObject({ status: 413 });
  });

  it.each([
    ['a statement', { query: `select repeat('x', 400) from generate_series(1, 100000)` }],
    ['a batch', { queries: Array(5).fill({ query: `select repeat('x', 400)` }) }],
  ])('of the response, of %s', async (_what, body) => {
    expect(await ask(body)).toEqual({
      status: 507,
      json: problem('response is too large (max is 1000 bytes)'),
    });
    expect(await ask({ query: 'select 1' })).toMatchObject({ status: 200 });
  });

  it('of the connections: further requests wait', async () => {
    const query = `select count(*) from pg_stat_activity where client_port is not null and pid <> ${(await admin.query('select pg_backend_pid() as pid')).rows[0].pid} and query like '%waiting in line%'`;
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask({ query })));
    const counts = answers.map(({ json }) => Number((json as { rows: { count: string }[] }).rows[0]?.count));
    expect(Math.max(...counts)).toBeLessThanOrEqual(2);
  });
});

describe('a Postgres that is not there', () => {
  it('has status 500 and the reason', async () => {
    const lost = await startNeonLocal({ postgres: 'postgres://127.0.0.1:1' });
    const response = await fetch(lost.httpUrl, {
      method: 'POST',
      body: '{"query":"select 1"}',
      headers: { 'Neon-Connection-String': postgres.url },
    });
    expect({ status: response.status, json: await response.json() }).toEqual({
      status: 500,
      json: problem(`Couldn't connect to compute node: connect ECONNREFUSED 127.0.0.1:1`),
    });
    await lost.stop();
  });

  it('for want of a free slot has status 500 and its code', async () => {
    const full = await startPostgres({ maxConnections: 4, settings: { superuser_reserved_connections: 0 } });
    const front = await startNeonLocal({ postgres: full.url });
    const taken = Array.from({ length: 4 }, () => new Client(full.url));
    await Promise.all(taken.map((client) => client.connect()));
    const response = await fetch(front.httpUrl, {
      method: 'POST',
      body: '{"query":"select 1"}',
      headers: { 'Neon-Connection-String': full.url },
    });
    expect({ status: response.status, json: await response.json() }).toMatchObject({
      status: 500,
      json: { code: '53300' },
    });
    await Promise.all(taken.map((client) => client.end()));
    await front.stop();
    await full.stop();
  });
});
