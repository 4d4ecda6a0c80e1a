import type { Socket } from 'node:net';
import { type PostgresServer, pollUntil, startPostgres } from '@pg-otel/testkit';
import { Client } from 'pg';
import { readAnswer } from '../../src/diagnosis/answer';
import type { Subject } from '../../src/diagnosis/contracts';
import { questionAbout } from '../../src/diagnosis/question';
import { openSide, type TestSide } from './side';

const TEXT = 'select pg_sleep(1000)';

let postgres: PostgresServer;
let sleeping: Client & { readonly processID: number; readonly connection: { readonly stream: Socket } };

beforeAll(async () => {
  postgres = await startPostgres({ settings: { log_min_messages: 'warning' } });
  sleeping = new Client({ connectionString: postgres.url }) as typeof sleeping;
  sleeping.on('error', () => {});
  await sleeping.connect();
  sleeping.query(TEXT).catch(() => {});
});
afterAll(async () => {
  await postgres.crash();
  await postgres.stop();
});

const question = ({ route }: TestSide) => {
  const { processID: pid, connection } = sleeping;
  const port = connection.stream.localPort;
  return questionAbout([{ key: 1, pid, port, ageSeconds: 1, text: TEXT } as Subject], route);
};

async function withSide<T>(options: string, use: (side: TestSide) => Promise<T>): Promise<T> {
  const side = await openSide({ connectionString: postgres.url, options });
  try {
    return await use(side);
  } finally {
    await side.end();
  }
}

const isFound = async (side: TestSide) => readAnswer(await side.ask(question(side)))?.chains.has(1);

describe('the question', () => {
  it.each([
    ['the default settings', ''],
    ['an empty search path', '-c search_path='],
    ['a search path where other tables have the names of the server’s', '-c search_path=public,pg_catalog'],
    [
      'a role whose transactions may wait for others',
      '-c default_transaction_isolation=serializable -c default_transaction_deferrable=on',
    ],
    ['the old reading of strings', '-c standard_conforming_strings=off'],
    ['a time limit of the application', '-c statement_timeout=180ms'],
  ])('is answered with %s', async (_, options) => {
    await withSide('', async (admin) => {
      await admin.ask('create view public.pg_stat_activity as select 1 as pid');
    });
    try {
      expect(await withSide(options, isFound)).toBe(true);
    } finally {
      await withSide('', (admin) => admin.ask('drop view public.pg_stat_activity'));
    }
  });

  it('leaves the settings and the transaction of its connection as they were, also after an error', async () => {
    await withSide('', async (side) => {
      const settings = () =>
        side.ask(
          'select current_setting(name) from unnest(array[$$statement_timeout$$, $$lock_timeout$$, $$jit$$, $$search_path$$, $$transaction_read_only$$]) name',
        );
      const before = await settings();
      await isFound(side);
      await expect(
        side.ask(question(side).replace('with recursive', 'select 1/0; with recursive')),
      ).rejects.toThrow('division by zero');
      expect(await settings()).toEqual(before);
      expect(await isFound(side)).toBe(true);
    });
  });

  it('changes nothing, and ends after a second', async () => {
    await withSide('', async (side) => {
      const changed = (statement: string) =>
        side.ask(question(side).replace('with recursive', `${statement}; with recursive`));
      await expect(changed('create table t ()')).rejects.toMatchObject({ code: '25006' });
      await expect(changed('select pg_sleep(100)')).rejects.toMatchObject({ code: '57014' });
    });
  });

  it('does not wait for a locked catalog', async () => {
    await withSide('', async (side) => {
      await withSide('', async (migration) => {
        await migration.ask('begin; lock table pg_database in access exclusive mode');
        await expect(side.ask(question(side))).rejects.toMatchObject({ code: '55P03' });
      });
    });
  });

  it('counts the connections that are left to the server, the role and the database', async () => {
    // Sessions that have ended are counted for a moment.
    const hasFree = (role: string, expected: number) =>
      pollUntil(async () => (await freeOf(role)) === expected);
    const freeOf = async (role: string) => {
      const side = await openSide({ connectionString: postgres.url.replace('app:', `${role}:`) });
      const answer = readAnswer(await side.ask(question(side)));
      await side.end();
      return answer?.server.freeConnections;
    };
    await withSide('', async (admin) => {
      await admin.ask(
        "create role many login password 'secret'; create role few login password 'secret' connection limit 5",
      );
      const [[[left]]] = (await admin.ask(`select current_setting('max_connections')::int
        - current_setting('superuser_reserved_connections')::int - 3`)) as [[[string]]];
      // The sleeping session, that of this test, and the one that asks.
      await hasFree('many', Number(left));
      await hasFree('few', 4);
      await admin.ask(`alter database ${postgres.database} connection limit 7`);
      await hasFree('many', 4);
      await admin.ask(`alter database ${postgres.database} connection limit -1`);
    });
  });

  it('causes no warning in the log of the server', async () => {
    await withSide('', isFound);
    expect(postgres.log()).not.toContain('WARNING');
  });
});
