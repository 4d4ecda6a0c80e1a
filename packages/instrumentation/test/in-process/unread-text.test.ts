import { setTimeout as sleep } from 'node:timers/promises';
import * as serverless from '@neondatabase/serverless';
import { fuzz, type NeonEndpoint, startNeonEndpoint } from '@pg-otel/testkit';
import fc from 'fast-check';
import pg from 'pg';
import { WebSocket } from 'ws';
import { instrument } from '../../src';
import { closeGate } from './gate';
import { type Instrumented, startInstrumented } from './instrumented';

let shop: Instrumented;
let endpoint: NeonEndpoint;
let client: pg.Client;

beforeAll(async () => {
  shop = await startInstrumented();
  endpoint = await startNeonEndpoint(shop.server);
  client = await connected();
  await client.query('CREATE TABLE people (id int PRIMARY KEY, name text)');
});

beforeEach(() => {
  shop.configure({});
  shop.recorder.clear();
});

afterAll(async () => {
  await client.end();
  await endpoint.stop();
  await shop.stop();
});

async function connected(options = ''): Promise<pg.Client> {
  const one = new pg.Client({ connectionString: shop.server.url, options });
  one.on('error', () => {});
  await one.connect();
  return one;
}

const texts = () => shop.queries().map(({ attributes }) => attributes['db.query.text']);
const only = () => {
  const queries = shop.queries();
  expect(queries).toHaveLength(1);
  return queries[0] as (typeof queries)[number];
};
const everything = async () =>
  JSON.stringify([shop.recorder.spans(), shop.recorder.events(), await shop.recorder.points()]);

describe('a text that the server cannot read', () => {
  it('is not reported', async () => {
    await client.query("SELECT * FROM people WHERE name = 'O'Brien SECRET' AND 'x'").catch(() => {});
    const { name, attributes } = only();
    expect(name).toBe('SELECT people');
    expect(attributes).toEqual({
      ...shop.target,
      'db.query.summary': 'SELECT people',
      'db.response.status_code': '42601',
      'error.type': '42601',
    });
    expect(await everything()).not.toContain('SECRET');
  });

  it('leaves no name from behind its first string in a summary, metric or event', async () => {
    await client.query("SELECT 'O' FROM SECRET x y z WHERE a = 'b'").catch(() => {});
    expect(only().name).toBe('SELECT');
    expect(await everything()).not.toContain('SECRET');
  });

  it('is not reported either when an escape is refused', async () => {
    shop.configure({ exceptionMessages: false });
    await client.query("SELECT E'\\xSECRET', E'\\uSECRET'").catch(() => {});
    expect(texts()).toEqual([undefined]);
  });

  it('may be the text of a batch over HTTP', async () => {
    const { neon, neonConfig } = instrument(serverless);
    neonConfig.fetchEndpoint = endpoint.httpUrl;
    const sql = neon(shop.server.url.replace(/\?.*/, ''));
    await sql`SELECT 1`.catch(() => {});
    shop.recorder.clear();
    await sql.query("SELECT 'O'Brien SECRET', 'x'").catch(() => {});
    await sql
      .transaction([sql.query('SELECT $1::text', ['a']), sql.query("SELECT 'O' FROM SECRET x y z, 'x'")])
      .catch(() => {});
    const spans = shop.recorder.spans().filter(({ attributes }) => attributes['db.response.status_code']);
    expect(spans.map(({ attributes }) => attributes['db.query.text'])).toEqual([undefined, undefined]);
    expect(await everything()).not.toContain('SECRET');
  });

  describe('of a batch over HTTP', () => {
    let sql: serverless.NeonQueryFunction<false, false>;
    beforeAll(() => {
      const { neon, neonConfig } = instrument(serverless);
      neonConfig.fetchEndpoint = endpoint.httpUrl;
      sql = neon(shop.server.url.replace(/\?.*/, ''));
    });

    /** Each text is new, and so unread. */
    let batches = 0;
    const failedBatch = async (first: string): Promise<string | undefined> => {
      batches += 1;
      const unread = `INSERT INTO people VALUES (${batches}, 'O'Brien SECRET', 'D'Arcy')`;
      return sql.transaction([sql.query(first), sql.query(unread)]).then(
        () => undefined,
        ({ code, message }) => code ?? message,
      );
    };

    describe.each(['auto', 'sanitized'] as const)('with statementText: %s', (statementText) => {
      beforeEach(() => shop.configure({ statementText }));

      it.each([
        ['23505', 'INSERT INTO people SELECT 0 FROM generate_series(1, 2)'],
        ['42P01', 'INSERT INTO nowhere VALUES (1)'],
        ['22012', 'SELECT 1 / 0'],
      ])('ends before its first string behind a statement that fails with %s', async (code, first) => {
        expect(await failedBatch(first)).toBe(code);
        expect(only().attributes['db.query.text']).toMatch(/; INSERT INTO people VALUES \(\?,$/);
        expect(await everything()).not.toContain('SECRET');
        await failedBatch(first);
        expect(await everything()).not.toContain('SECRET');
      });

      it('ends before its first string when the endpoint answers instead of the server', async () => {
        await endpoint.setFault('status:500', { times: 1 });
        expect(await failedBatch('SELECT 1')).toContain('500');
        expect(only().attributes['db.query.text']).toBe('SELECT ?; INSERT INTO people VALUES (?,');
        expect(await everything()).not.toContain('SECRET');
      });
    });

    it('has no name from behind its first string in a summary, metric or event', async () => {
      const unread = "SELECT 1 FROM people WHERE name = 'O' UNION SELECT 1 FROM SECRET WHERE name = 'x'";
      await sql.transaction([sql.query('SELECT 1 FROM nowhere'), sql.query(unread)]).catch(() => {});
      expect(only().name).toBe('BATCH');
      expect(await everything()).not.toContain('SECRET');
    });
  });

  it('is reported as written when it has bound values', async () => {
    await client.query('SELEC $1', [1]).catch(() => {});
    expect(texts()).toEqual(['SELEC $1']);
  });
});

it('a text that the server has parsed is reported, regardless of its answer', async () => {
  for (let times = 0; times < 2; times += 1) {
    await client.query("SELECT * FROM nothing WHERE name = 'a'").catch(() => {});
  }
  expect(texts()).toEqual(Array(2).fill('SELECT * FROM nothing WHERE name = ?'));
});

describe('a text that the server may not have parsed', () => {
  const unread = "INSERT INTO people VALUES ('O'SECRET'x')";

  it('ends before its first string when the client is closed', async () => {
    const closed = await connected();
    await closed.end();
    await closed.query(unread).catch(() => {});
    expect(texts()).toEqual(['INSERT INTO people VALUES (']);
    expect(await everything()).not.toContain('SECRET');
  });

  it('ends with COPY … FROM STDIN when the client is closed', async () => {
    const closed = await connected();
    await closed.end();
    await closed.query('COPY people FROM STDIN\nSECRET\tx\n').catch(() => {});
    expect(texts()).toEqual(['COPY people FROM STDIN']);
    expect(await everything()).not.toContain('SECRET');
  });

  it('leaves no name from behind its first string in a summary, metric or event', async () => {
    const closed = await connected();
    await closed.end();
    await closed.query("SELECT 'O' FROM SECRET WHERE a = 'b'").catch(() => {});
    expect(only().name).toBe('SELECT');
    expect(await everything()).not.toContain('SECRET');
  });

  it('nor while it is slow and waits to be sent', async () => {
    shop.configure({ slowAfter: [0.01] });
    const slow = () =>
      shop.recorder
        .events()
        .filter(({ name }) => name === 'pg_otel.operation.slow')
        .filter(({ attributes }) => attributes['pg_otel.operation.kind'] === 'query')
        .map(({ attributes }) => attributes['db.query.summary']);
    const gate = await closeGate(shop.server);
    const busy = await connected();
    const ahead = busy.query(gate.statement);
    const unread = busy.query("SELECT 'O' FROM SECRET x y z WHERE a = 'b'").catch(() => {});
    while (!(slow().includes('SELECT gate') && slow().length > 1)) await sleep(10);
    expect(slow()).toContain('SELECT');
    await gate.open();
    await Promise.all([ahead, unread]);
    await busy.end();
    expect(await everything()).not.toContain('SECRET');
  });

  it('has no text later either, when the server ends the connection before and refuses it then', async () => {
    const text = "SELECT 'O'SECRET'x', 'again'";
    const ended = await connected();
    const { rows } = await ended.query('SELECT pg_backend_pid() AS pid');
    await client.query('SELECT pg_terminate_backend($1)', [rows[0].pid]);
    shop.recorder.clear();
    await ended.query(text).catch(() => {});
    await client.query(text).catch(() => {});
    expect(texts()).toEqual(['SELECT', undefined]);
    expect(await everything()).not.toContain('SECRET');
  });

  it('ends before its first string when the grammar rejects the beginning', async () => {
    await client
      .query("CREATE TABLE x (a text REFERENCES people MATCH PARTIAL DEFAULT 'O'SECRET'x')")
      .catch(() => {});
    expect(texts()).toEqual(['CREATE TABLE x (a text REFERENCES people MATCH PARTIAL DEFAULT']);
  });
});

it('a text that a request hook has set stays', async () => {
  shop.configure({ requestHook: (span) => span.setAttribute('db.query.text', 'mine') });
  await client.query("SELECT 'a' AS of_a_hook");
  expect(texts()).toEqual(['mine']);
});

describe('a text with something behind it', () => {
  it.each([
    ['COPY people FROM stdin;\n1\tSECRET\n\\.\n', undefined],
    ['COPY people FROM STDIN WHERE id IS DISTINCT FROM 2;\n1\tSECRET\n\\.\n', undefined],
    ['\\copy people from SECRET', undefined],
  ])('%j: is not reported', async (text, reported) => {
    await client.query(text).catch(() => {});
    expect(texts()).toEqual([reported]);
    expect(await everything()).not.toContain('SECRET');
  });
});

/** A string that has ended for the server, but may continue when standard_conforming_strings is not known. */
const ESCAPED = "SELECT 'a\\' FROM SECRET --' AS b";

describe('without standard_conforming_strings', () => {
  it('a text ends with the first string that may continue', async () => {
    const other = await connected('-c standard_conforming_strings=off');
    shop.recorder.clear();
    await other.query(ESCAPED);
    await other.query(ESCAPED);
    await other.end();
    expect(texts()).toEqual(['SELECT ?', 'SELECT ?']);
    expect(await everything()).not.toContain('SECRET');
  });

  it('the setting counts as off from the statement on that may change it', async () => {
    const other = await connected();
    shop.recorder.clear();
    const backslash = "SELECT 'a\\', 1 AS b";
    await other.query(backslash);
    // Not awaited: the server has not reported it yet.
    const set = other.query('SET standard_conforming_strings = off');
    const escaped = other.query(ESCAPED);
    await Promise.all([set, escaped]);
    await other.query('RESET standard_conforming_strings');
    await other.query(backslash);
    await other.end();
    expect(texts()).toEqual([
      'SELECT ?, ? AS b',
      'SET standard_conforming_strings = off',
      'SELECT ?',
      'RESET standard_conforming_strings',
      'SELECT ?',
    ]);
    expect(await everything()).not.toContain('SECRET');
  });

  it.each<[how: string, run: (other: pg.Client) => Promise<unknown>]>([
    [
      'a name that is bound',
      (other) => other.query('SELECT set_config($1, $2, false)', ['standard_conforming_strings', 'off']),
    ],
    [
      'a name that is put together',
      (other) => other.query("SELECT set_config('standard_' || 'conforming_strings', 'off', false)"),
    ],
    [
      'a name from rows',
      (other) =>
        other.query('SELECT "set_config"(key, value, false) FROM json_each_text($1)', [
          { standard_conforming_strings: 'off' },
        ]),
    ],
    [
      'the view of settings',
      (other) =>
        other.query('UPDATE pg_catalog.pg_settings SET setting = $1 WHERE name = $2', [
          'off',
          'standard_conforming_strings',
        ]),
    ],
    [
      'a text of which only the beginning is reported',
      (other) => other.query(`SELECT 1 /*${'x'.repeat(9000)}*/; SET standard_conforming_strings = off`),
    ],
    [
      'a name with Unicode escapes',
      (other) => other.query(`SET U&"standard!005fconforming!005fstrings" UESCAPE '!' TO off`),
    ],
    ['a block', (other) => other.query('DO $$ BEGIN SET standard_conforming_strings = off; END $$')],
  ])('the setting is followed through %s', async (_, run) => {
    const other = await connected();
    await run(other);
    const { rows } = await other.query('SHOW standard_conforming_strings');
    expect(rows).toEqual([{ standard_conforming_strings: 'off' }]);
    shop.recorder.clear();
    await other.query(ESCAPED);
    await other.end();
    expect(texts()).toEqual(['SELECT ?']);
    expect(await everything()).not.toContain('SECRET');
  });

  it.each(['RESET ALL', 'DISCARD ALL', 'ROLLBACK'])('%s restores the default', async (statement) => {
    const other = await connected('-c standard_conforming_strings=off');
    if (statement === 'ROLLBACK') await other.query('BEGIN');
    await other.query('SET standard_conforming_strings = on');
    await other.query(statement);
    shop.recorder.clear();
    await other.query(ESCAPED);
    await other.end();
    expect(texts()).toEqual(['SELECT ?']);
    expect(await everything()).not.toContain('SECRET');
  });

  it('setting another parameter by name changes nothing', async () => {
    const other = await connected();
    await other.query("SELECT set_config('search_path', $1, false)", ['public']);
    shop.recorder.clear();
    await other.query("SELECT 'a\\', 4 AS b");
    await other.end();
    expect(texts()).toEqual(['SELECT ?, ? AS b']);
  });

  it('setting the default changes nothing', async () => {
    const other = await connected();
    await other.query(
      "SET standard_conforming_strings=on; SELECT set_config('standard_conforming_strings', 'on', false)",
    );
    shop.recorder.clear();
    await other.query("SELECT 'a\\', 2 AS b");
    await other.end();
    expect(texts()).toEqual(['SELECT ?, ? AS b']);
  });

  it('over a WebSocket the setting is known, over HTTP it is not', async () => {
    const { neon, neonConfig, Client } = instrument(serverless);
    neonConfig.fetchEndpoint = endpoint.httpUrl;
    neonConfig.webSocketConstructor = WebSocket;
    neonConfig.wsProxy = () => endpoint.wsProxy;
    neonConfig.useSecureWebSocket = false;
    neonConfig.pipelineConnect = false;
    const other = new Client(shop.server.url);
    await other.connect();
    shop.recorder.clear();
    await other.query("SELECT 'a\\', 3 AS b");
    await other.query('SET standard_conforming_strings = off');
    await other.query(ESCAPED);
    await other.end();
    await neon(shop.server.url.replace(/\?.*/, '')).query("SELECT 'a\\', 3 AS b");
    expect(texts()).toEqual([
      'SELECT ?, ? AS b',
      'SET standard_conforming_strings = off',
      'SELECT ?',
      'SELECT ?',
    ]);
  });
});

/** Data with everything in it that may end a string. */
const data = fc
  .array(
    fc.constantFrom(
      "'",
      "''",
      '\\',
      '"',
      '$$',
      '$a$',
      '--',
      '/*',
      '*/',
      ';',
      ' ',
      '\n',
      ' FROM zq, ',
      ' zq ',
      ' zq.zq ',
    ),
    {
      maxLength: 8,
    },
  )
  .map((parts) => `zq${parts.join('')}zq`);
/** Statements with the data pasted into a string. */
const statements = [
  (value: string) => `SELECT * FROM people WHERE name = '${value}'`,
  (value: string) => `SELECT '${value}', '${value}' FROM people`,
  (value: string) => `INSERT INTO people (name, id) SELECT '${value}', 1 FROM people WHERE false`,
  (value: string) => `SELECT 1; SELECT n'${value}' FROM people`,
];

describe.each(['on', 'off'])('with standard_conforming_strings %s', (setting) => {
  let other: pg.Client;
  beforeAll(async () => {
    other = await connected(`-c standard_conforming_strings=${setting}`);
  });
  afterAll(() => other.end());

  it('data that is quoted as the server wants it is in nothing that is emitted', async () => {
    const quoted = (value: string) =>
      setting === 'on' ? value.replaceAll("'", "''") : value.replaceAll(/[\\']/g, '\\$&');
    await fc.assert(
      fc.asyncProperty(data, fc.constantFrom(...statements), async (value, statement) => {
        shop.recorder.clear();
        await other.query(statement(quoted(value)));
        expect(await everything()).not.toContain('zq');
      }),
      fuzz(300),
    );
  });

  it('data that is pasted as it is, and makes the server refuse the text, is in nothing that is emitted', async () => {
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(data, fc.constantFrom(...statements), async (value, statement) => {
        shop.recorder.clear();
        const code = await other.query(statement(value)).then(
          () => undefined,
          (error) => error.code,
        );
        // Otherwise the server took some of it for SQL.
        if (code !== '42601') return;
        refused += 1;
        expect(await everything()).not.toContain('zq');
      }),
      fuzz(300),
    );
    expect(refused).toBeGreaterThan(0);
  });
});
