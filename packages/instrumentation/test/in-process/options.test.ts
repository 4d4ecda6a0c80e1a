import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Span } from '@opentelemetry/api';
import pg from 'pg';
import type { QueryInfo, ResponseInfo } from '../../src';
import { CHANNELS } from '../../src/channels';
import { type Instrumented, startInstrumented } from './instrumented';

let shop: Instrumented;
let client: pg.Client;

beforeAll(async () => {
  shop = await startInstrumented();
});

beforeEach(async () => {
  shop.configure();
  client = new pg.Client({ connectionString: shop.server.url });
  await client.connect();
  shop.recorder.clear();
});

afterEach(async () => {
  await client.end();
  expect(shop.recorder.openSpans()).toEqual([]);
});

afterAll(() => shop.stop());

const texts = () => shop.queries().map(({ attributes }) => attributes['db.query.text']);
const both = async () => {
  await client.query("SELECT 'a', $1::int", [1]);
  await client.query("SELECT 'a', 1");
};

describe('statementText', () => {
  it('auto: as written with bound values, sanitised without', async () => {
    await both();
    expect(texts()).toEqual(["SELECT 'a', $1::int", 'SELECT ?, ?']);
  });

  it('sanitized: always', async () => {
    shop.configure({ statementText: 'sanitized' });
    await both();
    expect(texts()).toEqual(['SELECT ?, $1::int', 'SELECT ?, ?']);
  });

  it('off: never', async () => {
    shop.configure({ statementText: 'off' });
    await both();
    expect(texts()).toEqual([undefined, undefined]);
  });

  it('may change between two executions of one statement', async () => {
    await both();
    shop.configure({ statementText: 'off' });
    await both();
    shop.configure();
    await both();
    expect(texts().slice(2)).toEqual([undefined, undefined, "SELECT 'a', $1::int", 'SELECT ?, ?']);
  });
});

describe('parameters', () => {
  const NAME = 'db.query.parameter.';
  const reported = () =>
    Object.entries(shop.queries()[0]?.attributes ?? {}).filter(([name]) => name.startsWith(NAME));

  it('are not reported unless asked for', async () => {
    await client.query('SELECT $1::text', ['secret']);
    expect(reported()).toEqual([]);
  });

  it('are reported by index, cut', async () => {
    shop.configure({ parameters: true, parameterMaxLength: 4 });
    await client.query('SELECT $1::text, $2::int, $3::text', ['secret', 7, null]);
    expect(reported()).toEqual([
      [`${NAME}0`, 'secr'],
      [`${NAME}1`, '7'],
      [`${NAME}2`, 'null'],
    ]);
  });
});

describe('ignore', () => {
  const ran = async () => {
    for (const text of ['BEGIN', 'SELECT 1', 'COMMIT']) await client.query(text);
    return shop.queries().map(({ name }) => name);
  };

  it('a list of summaries: neither span nor metric nor event', async () => {
    shop.configure({ ignore: ['BEGIN', 'COMMIT', 'SELECT ignored'] });
    expect(await ran()).toEqual(['SELECT']);
    await client.query('SELECT * FROM ignored').catch(() => {});
    expect(shop.recorder.events()).toEqual([]);
    expect(await shop.points('db.client.operation.duration', { 'db.query.summary': 'BEGIN' })).toEqual([]);
  });

  it('a function of the query', async () => {
    const seen: QueryInfo[] = [];
    shop.configure({
      ignore: (query) => {
        seen.push(query);
        return query.text === 'SELECT 1';
      },
    });
    expect(await ran()).toEqual(['BEGIN', 'COMMIT']);
    expect(seen[1]).toEqual({
      text: 'SELECT 1',
      summary: 'SELECT',
      parameters: undefined,
      serverAddress: shop.server.host,
      serverPort: shop.server.port,
      namespace: 'shop',
    });
  });

  it('a function that throws ignores nothing', async () => {
    shop.configure({
      ignore: () => {
        throw new Error('mine');
      },
    });
    expect(await ran()).toEqual(['BEGIN', 'SELECT', 'COMMIT']);
  });
});

describe('hooks', () => {
  it('receive the query and its result', async () => {
    const responses: ResponseInfo[] = [];
    shop.configure({
      requestHook: (span: Span, query) => span.setAttribute('app.tables', query.summary),
      responseHook: (span: Span, response) => {
        responses.push(response);
        span.setAttribute('app.failed', response.error !== undefined);
      },
    });
    const result = await client.query('SELECT $1::int AS n', [1]);
    await client.query('SELECT * FROM missing').catch(() => {});
    expect(responses[0]?.result).toBe(result);
    expect(responses[0]?.parameters).toEqual([1]);
    expect(responses[1]?.error).toMatchObject({ code: '42P01' });
    expect(
      shop.queries().map(({ attributes }) => [attributes['app.tables'], attributes['app.failed']]),
    ).toEqual([
      ['SELECT', false],
      ['SELECT missing', true],
    ]);
  });

  it('that throw break nothing', async () => {
    const hook = () => {
      throw new Error('mine');
    };
    shop.configure({ requestHook: hook, responseHook: hook });
    expect((await client.query('SELECT 1 AS n')).rows).toEqual([{ n: 1 }]);
    expect(shop.queries()).toHaveLength(1);
  });
});

describe('summaryLimit', () => {
  it('folds further summaries on metrics into _OTHER, never on spans', async () => {
    await client.query('SELECT 1'); // has a series, now or since an earlier test
    shop.configure({ summaryLimit: 1 });
    await client.query('CREATE TEMPORARY TABLE folded (n int)');
    await client.query('SELECT n FROM folded');
    await client.query('SELECT nope FROM folded').catch(() => {});
    expect(shop.queries().at(-1)?.name).toBe('SELECT folded');
    const folded = await shop.points('db.client.operation.duration', { 'db.query.summary': '_OTHER' });
    expect(folded.map(({ attributes, count }) => [attributes['error.type'], count])).toEqual([
      [undefined, 2],
      ['42703', 1],
    ]);
  });

  it('of 0 leaves no summary on metrics', async () => {
    shop.configure({ summaryLimit: 0 });
    await client.query('LISTEN zero');
    expect(await shop.points('db.client.operation.duration', { 'db.query.summary': 'LISTEN zero' })).toEqual(
      [],
    );
  });
});

describe('exceptionMessages', () => {
  it('includes the message of the server only when the option is on', async () => {
    await client.query("SELECT 'secret'::int").catch(() => {});
    shop.configure({ exceptionMessages: true });
    await client.query("SELECT 'secret'::int").catch(() => {});
    expect(shop.recorder.events().map(({ attributes }) => attributes['exception.message'])).toEqual([
      undefined,
      'invalid input syntax for type integer: "secret"',
    ]);
  });
});

it('an unknown option is rejected, and the previous options stay', async () => {
  shop.configure({ statementText: 'off' });
  expect(() => shop.configure({ statementTexts: 'auto' } as never)).toThrow(
    'statementTexts is not an option',
  );
  await client.query('SELECT 1');
  expect(texts()).toEqual([undefined]);
});

describe('diagnostics channels', () => {
  it('publish plain records to their subscribers', async () => {
    const received: [string, unknown][] = [];
    const listen = (message: unknown, name: string | symbol) => void received.push([String(name), message]);
    for (const name of Object.values(CHANNELS)) subscribe(name, listen);
    const pool = new pg.Pool({ connectionString: shop.server.url });
    await pool.query('SELECT 1');
    await pool.end();
    for (const name of Object.values(CHANNELS)) unsubscribe(name, listen);

    const where = { serverAddress: shop.server.host, serverPort: shop.server.port, namespace: 'shop' };
    const end = {
      durationSeconds: expect.any(Number),
      countedSeconds: expect.any(Number),
      endedAt: expect.any(Number),
      diagnosis: undefined,
      errorType: undefined,
      returnedRows: undefined,
      poolWaitSeconds: undefined,
      queueSeconds: undefined,
      phases: undefined,
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
      spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
      isSampled: true,
    };
    const phases = ['tcp', 'startup', 'auth', 'ready'].map((phase) => ({
      phase,
      seconds: expect.any(Number),
    }));
    const acquire = { ...where, kind: 'acquire', poolName: 'shop', summary: undefined };
    const connect = { ...where, kind: 'connect', poolName: 'shop', summary: undefined };
    const query = { ...where, kind: 'query', poolName: 'shop', summary: 'SELECT' };
    expect(received).toEqual([
      ['pg-otel:operation:start', acquire],
      ['pg-otel:operation:start', connect],
      ['pg-otel:operation:end', { ...connect, ...end, phases }],
      ['pg-otel:operation:end', { ...acquire, ...end }],
      ['pg-otel:operation:start', query],
      ['pg-otel:operation:end', { ...query, ...end, returnedRows: 1, poolWaitSeconds: expect.any(Number) }],
      ['pg-otel:connection:release', { poolName: 'shop', useSeconds: expect.any(Number) }],
      ['pg-otel:connection:close', { poolName: 'shop', reason: 'end' }],
    ]);
  });
});

describe('returnedRowsMetric', () => {
  const rows = async () => {
    await client.query('CREATE TEMPORARY TABLE IF NOT EXISTS counted AS SELECT 1 AS n');
    await client.query('SELECT n FROM counted');
    const points = await shop.points('db.client.response.returned_rows', {
      'db.query.summary': 'SELECT counted',
    });
    return points.map(({ count }) => count);
  };

  it("auto: not in the SDK's instruments (metric-producer.test.ts: in those of a metric producer)", async () => {
    expect(await rows()).toEqual([]);
  });

  it('never, and always', async () => {
    shop.configure({ returnedRowsMetric: 'never' });
    expect(await rows()).toEqual([]);
    shop.configure({ returnedRowsMetric: 'always' });
    expect(await rows()).toEqual([1]);
  });
});
