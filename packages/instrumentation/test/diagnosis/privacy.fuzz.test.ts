import { fuzz } from '@pg-otel/testkit';
import fc from 'fast-check';
import type { QueryConfig } from 'pg';
import { planWhileExecuting } from './executing';
import { sideOf } from './side';
import { ScenarioServer, type Session, type Stage } from './stage';

let server: ScenarioServer;
let stage: Stage;
let blocker: Session;
let waiting: Session;
let side: Session;

beforeAll(async () => {
  server = await ScenarioServer.start(18);
  stage = await server.stage();
  blocker = await stage.session('worker-7');
  waiting = await stage.session();
  side = await stage.session('pg-otel');
  await stage.createTable('accounts');
  const owner = await stage.session();
  await owner.query(`
    create table orders with (fillfactor = 10) as
      select id, 'name ' || id as name, repeat('x', 100) as note from generate_series(1, 10000) id;
    create index on orders (lower(name)); analyze orders`);
});

afterAll(async () => {
  await stage.stop();
  await server.stop();
});

/** User data that must appear nowhere. It is not part of a name, a number or a text of pg-otel. */
const secret = fc
  .array(fc.constantFrom(...'ghjkpqvwxyz'), { minLength: 8, maxLength: 12 })
  .map((letters) => `zq${letters.join('')}`);

/** The last statement of a session that holds a lock, right and wrong, with the secret in each kind of place. */
const HELD_BY: ((secret: string) => string | QueryConfig)[] = [
  (s) => `alter role shop password '${s}'`,
  (s) => `alter role shop password E'${s}\\'${s}'`,
  (s) => `/* ${s} */ alter role shop /* ${s} */ password $${s}$${s}$${s}$ -- ${s}`,
  (s) => `alter role missing password '${s}'`,
  (s) => `alter role shop set application_name to '${s}'`,
  (s) => `set app.token to ${s}`,
  (s) => `set app.token = "${s}"`,
  (s) => `create user mapping for shop server other options (user 'shop', password '${s}')`,
  (s) => `update accounts set amount = length('${s}') where id = 2`,
  (s) => ({ text: 'update accounts set amount = length($1) where id = 2', values: [s] }),
  (s) => ({ name: `named-${s}`, text: `select $1::text, '${s}'`, values: [s] }),
  (s) => `select '${s}`,
  (s) => `select ${s} '${s}'`,
  (s) => `select 'O'Brien ${s}' from ${s} where a = '${s}'`,
  (s) => `selec '${s}'`,
  (s) => `select 1; select '${s}'; select '${s}'::int`,
  (s) => `do $$ begin perform '${s}'; end $$`,
  (s) => `prepare p as select '${s}'`,
  (s) => `declare c cursor for select '${s}'`,
  (s) => `notify accounts, '${s}'`,
  (s) => `comment on table accounts is '${s}'`,
  (s) => `call pay('${s}')`,
  (s) => `copy (select '${s}') to stdout`,
  (s) => `select '${'x'.repeat(960)}' /* ${s} */, '${s}', '${s}', '${s}'`,
  (s) => `explain select '${s}'`,
  (s) => `set standard_conforming_strings = off; select 'a\\' from ${s} where b = '${s}'`,
];

/** A statement that waits for the lock. */
const WAITS: ((secret: string) => string | QueryConfig)[] = [
  (s) => `select pg_advisory_xact_lock(7), '${s}'`,
  (s) => `/* ${s} */ select pg_advisory_xact_lock(7) where '${s}' = $a$${s}$a$ -- ${s}`,
  (s) => ({ text: 'select pg_advisory_xact_lock(7), $1::text', values: [s] }),
  (s) => `update accounts set amount = length('${s}') where pg_advisory_xact_lock(7) is not null`,
  (s) => `select '${s}'; select pg_advisory_xact_lock(7)`,
];

const way = <Way>(ways: readonly Way[]) => fc.constantFrom(...ways);

it('no reason contains data of the statement that waits, or of the session that blocks it', async () => {
  let isDescribed = false;
  await fc.assert(
    fc.asyncProperty(secret, way(HELD_BY), way(WAITS), async (data, heldBy, waits) => {
      // An error of the next statement does not release this lock.
      await blocker.query('select pg_advisory_lock(7); begin');
      await blocker.query(heldBy(data)).catch(() => {});
      const query = waits(data);
      const startedAt = performance.now();
      const answered = waiting.query(query as string);
      try {
        await stage.see(waiting, "wait_event_type = 'Lock'");
        const text = typeof query === 'string' ? query : query.text;
        const asked = { session: waiting, text, startedAt };
        const reported = JSON.stringify(await stage.ask({ asked, isExplained: true }));
        expect(reported).toContain('advisory lock 7, held by worker-7');
        expect(reported).not.toContain(data);
        isDescribed ||= reported.includes('last statement');
      } finally {
        await blocker.query('rollback');
        await blocker.query('select pg_advisory_unlock_all(); reset all');
        await answered;
      }
    }),
    fuzz(100),
  );
  expect(isDescribed).toBe(true);
});

/** Conditions of a statement that executes, with the secret in each kind of place that a plan has. */
const CONDITIONS: ((secret: string) => string)[] = [
  (s) => `name = '${s}'`,
  (s) => `name = '${s}' and id > 5`,
  (s) => `name || '${s}' > note`,
  (s) => `lower(name) = '${s}'`,
  (s) => `name = any('{${s},"${s}"}')`,
  (s) => `name in (select name || '${s}' from orders o where o.note > '${s}')`,
  (s) => `(select count(*) from orders o where o.name = orders.name and o.note <> '${s}') > 0`,
  (s) => `exists (select from orders o where o.name = '${s}' or o.note = orders.name)`,
];
const ORDERS: ((secret: string) => string)[] = [
  () => '',
  (s) => `order by name || '${s}', name = '${s}', note`,
  (s) => `group by orders.name, orders.name || '${s}'`,
  (s) => `limit length('${s}') * 200`,
];

it('no plan contains data of the statement', async () => {
  let described = 0;
  await fc.assert(
    fc.asyncProperty(secret, way(CONDITIONS), way(ORDERS), async (data, condition, order) => {
      const columns = order(data).startsWith('group') ? 'count(*)' : '*';
      const text = `select ${columns} from orders where ${condition(data)} ${order(data)}`;
      // A connection without known plans: literals are no part of the statement that a plan is kept for.
      const finding = await planWhileExecuting(sideOf(side), waiting, text);
      expect(JSON.stringify(finding ?? '')).not.toContain(data);
      described += finding === undefined ? 0 : 1;
    }),
    fuzz(100),
  );
  expect(described).toBeGreaterThan(10);
});
