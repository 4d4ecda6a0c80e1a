import type { Scenario } from '../scenario';

/** What the plan of a query shows, and what is usual for it. */
export const explained: readonly Scenario[] = [
  {
    title: 'reads a whole table for each row of another one',
    evidence:
      'EXPLAIN of the statement for any values; the session has locks on the same tables; pg_index has no such index',
    isSampled: true,
    findings: [
      {
        kind: 'plan',
        certainty: 'observed',
        sentence:
          'its plan reads about 20 k rows (31 MB) of `orders` to keep about 20, about 100 k times (100 % of the estimated cost); no index of `orders` begins with `customer_id`',
      },
    ],
    async produce(stage) {
      const session = await stage.session();
      await session.query(`
        create table orders with (fillfactor = 10) as
          select id, id % 1000 as customer_id, repeat('x', 100) as note from generate_series(1, 20000) id;
        create table customers as select id from generate_series(1, 100000) id;
        analyze orders, customers; set max_parallel_workers_per_gather = 0`);
      const asked = stage.start(
        session,
        "select 'a secret' from customers where (select count(*) from orders where customer_id = customers.id) < 0",
      );
      await stage.see(session, "state = 'active' and query like '%from customers%'");
      return { asked, isExplained: true };
    },
  },
  {
    title: 'joins a table that has grown since its last ANALYZE',
    evidence:
      'reltuples of pg_class, n_live_tup and n_mod_since_analyze of pg_stat_all_tables; that the plan is worse for it is possible',
    isSampled: true,
    findings: [
      {
        kind: 'outdated_statistics',
        certainty: 'possible',
        sentence:
          '`grown` has about 20 k rows, of which the last ANALYZE or VACUUM saw about 1: the plan may be wrong',
      },
    ],
    async produce(stage) {
      const session = await stage.session();
      await session.query('create table grown (id int) with (autovacuum_enabled = off)');
      await session.query('insert into grown values (0)');
      await session.query('analyze grown');
      await session.query('insert into grown select id from generate_series(1, 20000) id');
      await stage.seeAny("select from pg_stat_all_tables where relname = 'grown' and n_live_tup > 20000");
      const asked = stage.start(
        session,
        "select 'a secret' from grown a, grown b, grown c where a.id + b.id + c.id < 0",
      );
      await stage.see(session, "state = 'active' and query like '%from grown%'");
      return { asked, isExplained: true };
    },
  },
  {
    title: 'joins a table that was filled and analysed in one transaction',
    evidence: 'n_mod_since_analyze has all rows, but reltuples has them as well',
    isSampled: true,
    findings: [
      { kind: 'computing', certainty: 'observed', sentence: 'computed, or waited for a CPU, <looks>' },
    ],
    never: ['ANALYZE'],
    async produce(stage) {
      const session = await stage.session();
      await session.query('create table steady (id int) with (autovacuum_enabled = off)');
      await session.query(
        'begin; insert into steady select id from generate_series(1, 20000) id; analyze steady; commit',
      );
      await stage.seeAny(
        "select from pg_stat_all_tables where relname = 'steady' and n_mod_since_analyze >= 20000",
      );
      const asked = stage.start(
        session,
        'select from steady a, steady b, steady c where a.id + b.id + c.id < 0',
      );
      await stage.see(session, "state = 'active' and query like '%from steady%'");
      return { asked, isExplained: true };
    },
  },
  {
    title: 'takes longer than usual',
    evidence: 'pg_stat_statements, by query_id: ended calls only',
    findings: [
      { kind: 'wait', certainty: 'proven', sentence: 'sleeps in pg_sleep, which it calls' },
      {
        kind: 'usual',
        certainty: 'proven',
        sentence: 'usually takes <time> (the mean of 5 calls), at most <time>',
      },
    ],
    async produce(stage) {
      const session = await stage.session();
      for (let call = 0; call < 5; call += 1) await session.query("select 'a secret', pg_sleep(0)");
      const asked = stage.start(session, "select 'another secret', pg_sleep(1000)");
      await stage.see(session, "wait_event = 'PgSleep'");
      return { asked, isExplained: true };
    },
  },
];
