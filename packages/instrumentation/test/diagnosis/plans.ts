import { type PostgresServer, pollUntil, startPostgres } from '@pg-otel/testkit';
import pg from 'pg';
import type { Backend } from '../../src/diagnosis/answer';
import type { Finding } from '../../src/diagnosis/contracts';
import { planFindings } from '../../src/diagnosis/plan/plan';
import { answerAbout, type Execution, planWhileExecuting, subjectOf } from './executing';
import { openSide, type TestSide } from './side';

/** A tenth of each page is filled: tables of more than 1000 pages with few rows. */
const SPARSE = 'with (fillfactor = 10)';
const PAD = "repeat('x', 100) as pad";
const ROWS = 'from generate_series(1, 20000) g';

const SCHEMA = `
 create table big ${SPARSE} as select g as id, g % 1000 as customer_id, g % 2 as half, 'name ' || g as name, ${PAD} ${ROWS};
 create table small (id int primary key, v text); insert into small select g, 'v' from generate_series(1, 1000) g;
 create table keyed ${SPARSE} as select g as id, g % 1000 as customer_id, ${PAD} ${ROWS};
 create index keyed_customer on keyed (customer_id, id);
 create table partial ${SPARSE} as select g as id, g % 1000 as state, ${PAD} ${ROWS};
 create index on partial (state) where id > 10;
 create table parts (id int, at date, pad text) partition by range (at);
 create table parts_1 partition of parts for values from ('2001-01-01') to ('2002-01-01') ${SPARSE};
 create table parts_2 partition of parts for values from ('2002-01-01') to ('2003-01-01') ${SPARSE};
 insert into parts select g, date '2001-01-01' + g % 700, repeat('x', 100) ${ROWS};
 create schema other; create table other.big (like big);
 create table "Odd ""name" ${SPARSE} as select g as "some Column", ${PAD} ${ROWS};
 create table tenants ${SPARSE} as select g as id, 'tenant ' || g % 1000 as tenant, ${PAD} ${ROWS};
 alter table tenants enable row level security;
 create policy own on tenants using (tenant = current_setting('app.tenant', true));
 create table strict ${SPARSE} as select * from tenants;
 alter table strict enable row level security;
 create policy own on strict using (tenant = current_setting('app.tenant'));
 create function slow() returns int language plpgsql stable as 'begin perform pg_sleep(60); return 1; end';
 create table executed (at timestamptz default now());
 create role web login password 'secret';
 grant all on all tables in schema public, other to web;
 grant usage, create on schema other, public to web;
 analyze`;

/** Tests of plans on a server of one version. */
export function describePlans(version: 15 | 18): void {
  let server: PostgresServer;
  let superuser: pg.Client;
  let running: pg.Client;
  let side: TestSide;

  beforeAll(async () => {
    server = await startPostgres({
      version,
      settings: { max_parallel_workers_per_gather: 0, autovacuum: 'off' },
    });
    superuser = new pg.Client(server.url);
    await superuser.connect();
    await superuser.query(SCHEMA);
    running = new pg.Client(configOf(server));
    await running.connect();
  });

  afterAll(async () => {
    await Promise.all([superuser.end(), running.end()]);
    await server.stop();
  });

  beforeEach(async () => {
    side = await openSide(configOf(server));
  });

  afterEach(async () => {
    // A pooler would pass them on to other clients.
    const left = `select (select count(*) from pg_prepared_statements), current_setting('statement_timeout'),
      current_setting('search_path'), current_setting('plan_cache_mode'), now() = statement_timestamp()`;
    expect(await side.ask(left)).toEqual([[['0', '0', '"$user", public', 'auto', 't']]]);
    await side.end();
  });

  const find = (text: string, execution?: Execution): Promise<Finding | undefined> =>
    planWhileExecuting(side, running, text, execution);

  const sentenceOf = async (text: string, execution?: Execution): Promise<string | undefined> =>
    (await find(text, execution))?.sentence;

  /** How often the server was asked for a plan. */
  const prepared = (): number => side.asked.filter((message) => message.startsWith('prepare')).length;

  it('is an estimate', async () => {
    expect(await find('select * from big where customer_id = $1')).toEqual({
      kind: 'plan',
      certainty: 'observed',
      sentence: expect.any(String),
    });
  });

  it.each([
    [
      'a scan without an index',
      'select * from big where customer_id = $1',
      'its plan for any value reads about 20 k rows (N MB) of `big` to keep about 20 (P %); no index of `big` begins with `customer_id`',
    ],
    [
      'a scan by several conditions',
      "select * from big where customer_id = 7 and name = 'it''s (''x'')' and id > -5",
      'its plan reads about 20 k rows (N MB) of `big` to keep about 1 (P %); no index of `big` begins with `id`, `customer_id` or `name`',
    ],
    [
      'a scan by a list',
      'select * from big where customer_id = any($1)',
      'its plan for any value reads about 20 k rows (N MB) of `big` to keep about 199 (P %); no index of `big` begins with `customer_id`',
    ],
    [
      'a scan with a partial index',
      'select * from partial where state = $1',
      'its plan for any value reads about 20 k rows (N MB) of `partial` to keep about 20 (P %); no complete and valid index of `partial` begins with `state`',
    ],
    [
      'a scan that keeps half of the rows',
      'select * from big where half = $1',
      'its plan for any value reads about 20 k rows (N MB) of `big` to keep about 10 k (P %)',
    ],
    [
      'a scan by a condition with OR',
      'select * from big where customer_id = $1 or id = $2',
      'its plan for any value reads about 20 k rows (N MB) of `big` to keep about 21 (P %)',
    ],
    [
      'a scan by a function',
      'select * from big where abs(customer_id) = $1',
      'its plan for any value reads about 20 k rows (N MB) of `big` to keep about 100 (P %)',
    ],
    [
      'a scan by a pattern',
      'select * from big where name like $1',
      'its plan for any value reads about 20 k rows (N MB) of `big` to keep about 100 (P %)',
    ],
    [
      'a scan without a condition',
      'select * from big',
      'its plan reads about 20 k rows (N MB) of `big` (P %)',
    ],
    [
      'a subplan in the list of columns',
      'select s.id, (select count(*) from big b where b.customer_id = s.id) from small s',
      'its plan reads about 20 k rows (N MB) of `big` to keep about 20, about 1000 times (P %); no index of `big` begins with `customer_id`',
    ],
    [
      'a subplan in a condition',
      'select * from small s where (select count(*) from big b where b.customer_id = s.id) > 3',
      'its plan reads about 20 k rows (N MB) of `big` to keep about 20, about 1000 times (P %); no index of `big` begins with `customer_id`',
    ],
    [
      'a common table expression',
      'with c as materialized (select * from big where customer_id = $1) select count(*) from c',
      'its plan for any value reads about 20 k rows (N MB) of `big` to keep about 20 (P %); no index of `big` begins with `customer_id`',
    ],
    [
      'a join without a condition',
      'select * from big a, big b',
      'its plan joins rows of `big` into about 400 M rows (P %)',
    ],
    [
      'a sort',
      'select * from big, small order by name desc nulls last, big.id, big.id + 3',
      'its plan sorts about 20 M rows of `big` and `small` by `name` and `id` (P %)',
    ],
    [
      'partitions',
      'select * from parts where pad = $1',
      'its plan for any value reads about 20 k rows (N MB) of 2 partitions of `parts` to keep about 20 k (P %)',
    ],
    [
      'an update',
      'update big set half = $2 where customer_id = $1',
      'its plan for any value reads about 20 k rows (N MB) of `big` to keep about 20 (P %); no index of `big` begins with `customer_id`',
    ],
    [
      'a delete',
      'delete from big where customer_id = $1',
      'its plan for any value reads about 20 k rows (N MB) of `big` to keep about 20 (P %); no index of `big` begins with `customer_id`',
    ],
    [
      'an insert',
      'insert into small select id + 2000000, name from big where customer_id = $1',
      'its plan for any value reads about 20 k rows (N MB) of `big` to keep about 20 (P %); no index of `big` begins with `customer_id`',
    ],
    [
      'names in quotes, and another schema',
      'select * from "Odd ""name" o join other.big on other.big.id = o."some Column"',
      'its plan reads about 20 k rows (N MB) of `"Odd ""name"` (P %)',
    ],
    [
      'row-level security',
      'select * from tenants where id = $1',
      'its plan for any value reads about 20 k rows (N MB) of `tenants` to keep about 1 (P %)',
    ],
    [
      'a statement with a trace',
      "/*traceparent='00-1-2-01'*/ select * from big where id = $1;",
      'its plan for any value reads about 20 k rows (N MB) of `big` to keep about 1 (P %); no index of `big` begins with `id`',
    ],
  ])('describes %s', async (_, text, expected) => {
    const sentence = await sentenceOf(text);
    expect(
      sentence?.replace(/\(\d+ MB\)/, '(N MB)').replace(/\(\d+ % of the estimated cost\)/, '(P %)'),
    ).toBe(expected);
  });

  it('names the index of a scan', async () => {
    await side.ask('set enable_seqscan = off');
    expect(await sentenceOf('select * from keyed where customer_id > $1')).toMatch(
      /^its plan for any value reads about 6667 rows of `keyed` by index `keyed_customer` \(/,
    );
  });

  it('names the columns of a group, and no expression', async () => {
    await side.ask('set enable_sort = off');
    const text = 'select count(*) from small a, small b group by a.v, b.v, a.id + b.id';
    expect(await sentenceOf(text)).toMatch(/^its plan groups about 1\.0 M rows of `small` by `v` \(/);
  });

  it('counts the rows of all processes of a parallel plan', async () => {
    await side.ask(`set max_parallel_workers_per_gather = 2; set min_parallel_table_scan_size = 0;
      set parallel_setup_cost = 0; set parallel_tuple_cost = 0`);
    expect(await sentenceOf('select * from big where half = 1 and pad > $1')).toMatch(
      /reads about 20 k rows \(\d+ MB\) of `big` to keep about 33\d\d \(/,
    );
  });

  it('counts what a LIMIT leaves of a scan', async () => {
    expect(await sentenceOf('select * from big where half = $1 limit 5000')).toMatch(
      /reads about 10 k rows \(\d+ MB\) of `big` to keep about 5000 \(100 %/,
    );
  });

  describe('is not described', () => {
    it.each([
      ['if it is cheap', 'select * from small where id = $1', {}],
      ['if it reads no table', 'select count(*) from generate_series(1, 1000000)', {}],
      // The server has removed all partitions of the plan, because its values are unknown.
      ['if it depends on the values', 'select * from parts where at = $1', {}],
      // The session has another search_path, and reads another table of this name.
      [
        'if it is about another table',
        'select * from big where id = $1',
        { lockedBy: 'select * from other.big' },
      ],
      ['if the server refuses it', 'select * from strict where id = $1', { lockedBy: 'select 1' }],
      ['if planning takes too long', 'select * from big where id = slow()', { lockedBy: 'select 1' }],
      ['if the table is temporary', 'select * from own', { lockedBy: 'create temporary table own (id int)' }],
    ] as [string, string, Execution][])('%s', async (_, text, execution) => {
      expect(await sentenceOf(text, execution)).toBeUndefined();
      expect(prepared()).toBe(1);
    });

    it.each([
      ['while it waits for a lock', { waitEvent: 'Lock/transactionid' }],
      ['while it waits for this process', { waitEvent: 'Client/ClientWrite' }],
      ['while it sleeps', { waitEvent: 'Timeout/PgSleep' }],
      ['of a session that does not execute it', { state: 'idle in transaction' }],
      ['of a session with another text', { isSameText: false }],
      ['of one of several candidates', { candidates: 2 }],
    ])('%s: the server is not asked', async (_, backend: Partial<Backend>) => {
      const text = 'select * from big where customer_id = $1';
      expect(await sentenceOf(text, { backend })).toBeUndefined();
      expect(side.asked).toEqual([]);
    });

    it.each([
      'select 1; insert into executed default values',
      'create table made as select * from big',
      'explain analyze select * from big',
      'call something()',
      "select * from big where name = 'open",
    ])('nor asked for: %s', async (text) => {
      expect(await sentenceOf(text, { lockedBy: 'select 1' })).toBeUndefined();
      expect(side.asked).toEqual([]);
    });

    it('nor asked for: a text that was cut', async () => {
      const text = `select * from big where name = 'x' ${'or id = 1 '.repeat(1000)}`.slice(0, 8192);
      expect(await sentenceOf(text, { lockedBy: 'select 1' })).toBeUndefined();
      expect(side.asked).toEqual([]);
    });

    it('of a text that the server reads as several statements: it executes none', async () => {
      // With this setting, the string ends earlier than the lexer of pg-otel assumes.
      await side.ask('set standard_conforming_strings = off');
      const text = "select 'a\\'' ; insert into executed default values; --'";
      expect(await sentenceOf(text, { lockedBy: 'select 1' })).toBeUndefined();
      expect(prepared()).toBe(1);
      expect((await superuser.query('select * from executed')).rows).toEqual([]);
      await side.ask('set standard_conforming_strings = on');
    });
  });

  it('is asked for once, with the comments of any trace', async () => {
    const first = await sentenceOf("select * from big where id = $1 /*traceparent='00-1'*/");
    expect(await sentenceOf("select * from big where id = $1 /*traceparent='00-2'*/")).toBe(first);
    expect(prepared()).toBe(1);
  });

  it('is asked for once, although the server cannot plan the statement', async () => {
    await find('select * from strict where id = $1', { lockedBy: 'select 1' });
    await find('select * from strict where id = $1', { lockedBy: 'select 1' });
    expect(prepared()).toBe(1);
  });

  it('of other literals is neither asked for nor assumed', async () => {
    expect(await sentenceOf('select * from big where half = 1')).toBeDefined();
    expect(await sentenceOf('select * from big where half = 2')).toBeUndefined();
    expect(prepared()).toBe(1);
  });

  it('known from before is compared with the tables of the session', async () => {
    const text = 'select * from big where id = $1';
    expect(await sentenceOf(text)).toBeDefined();
    expect(await sentenceOf(text, { lockedBy: 'select * from other.big' })).toBeUndefined();
  });

  it('is not asked for behind a lock of its table: the server gives up, and the session remains usable', async () => {
    await superuser.query('begin; lock table big');
    try {
      const { rows } = await superuser.query('select pg_backend_pid() as pid');
      const answer = answerAbout({ pid: rows[0].pid });
      expect(await planFindings(side, subjectOf('select * from big'), answer)).toEqual([]);
    } finally {
      await superuser.query('rollback');
    }
    expect(prepared()).toBe(1);
  });

  it('known from before is not described while its table is locked, and the session remains usable', async () => {
    const text = 'select * from big where id = $1';
    expect(await sentenceOf(text)).toBeDefined();
    await superuser.query('begin; lock table big');
    try {
      expect(await sentenceOf(text, { lockedBy: 'select 1' })).toBeUndefined();
    } finally {
      await superuser.query('rollback');
    }
  });

  it('is not described if it is cheap, but that its table has no statistics is', async () => {
    await superuser.query('create table fresh (id int primary key) with (autovacuum_enabled = off)');
    await superuser.query(
      'insert into fresh select g from generate_series(1, 2000) g; grant all on fresh to web',
    );
    await pollUntil(async () => {
      const { rows } = await superuser.query(
        "select from pg_stat_all_tables where relname = 'fresh' and n_live_tup = 2000",
      );
      return rows.length > 0;
    });
    expect(await sentenceOf('select * from fresh where id = $1', {})).toBe(
      '`fresh` has about 2000 rows, which no ANALYZE or VACUUM has seen: the plan may be wrong',
    );
  });

  it('is not described when the side connection ends', async () => {
    const { rows } = await superuser.query('select pg_backend_pid() as pid');
    const ended = await openSide(configOf(server));
    await ended.end();
    expect(
      await planFindings(ended, subjectOf('select * from big'), answerAbout({ pid: rows[0].pid })),
    ).toEqual([]);
  });
}

const configOf = ({ host, port, database }: PostgresServer): pg.ClientConfig => ({
  host,
  port,
  database,
  user: 'web',
  password: 'secret',
});
