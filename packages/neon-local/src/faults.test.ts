import { once } from 'node:events';
import * as neon from '@neondatabase/serverless';
import { type PostgresServer, startPostgres } from '@pg-otel/testkit';
import { WebSocket } from 'ws';
import { type NeonLocal, startNeonLocal } from '.';

let postgres: PostgresServer;
let endpoint: NeonLocal;
/** For the next request or connection. */
let fault: string | undefined;

beforeAll(async () => {
  postgres = await startPostgres();
  endpoint = await startNeonLocal({ postgres: postgres.url });
  const asked = (url: string) => (fault === undefined ? url : `${url}?fault=${fault}`);
  neon.neonConfig.fetchEndpoint = () => asked(endpoint.httpUrl);
  neon.neonConfig.wsProxy = () => asked(endpoint.wsProxy);
  neon.neonConfig.useSecureWebSocket = false;
  neon.neonConfig.webSocketConstructor = WebSocket;
});
afterEach(() => {
  fault = undefined;
  endpoint.clearFaults();
});
afterAll(async () => {
  await endpoint.stop();
  await postgres.stop();
});

const sql = (strings: TemplateStringsArray) => neon.neon(postgres.url)(strings);

async function overWebSocket(): Promise<unknown> {
  const client = new neon.Client(postgres.url);
  client.on('error', () => {});
  await client.connect();
  const { rows } = await client.query('select 1 as a');
  // Only if it is connected: otherwise the driver's `end` never resolves.
  await client.end();
  return rows;
}

/** The number of statements that Postgres receives meanwhile. */
async function statementsDuring(work: () => Promise<unknown>): Promise<number> {
  const before = endpoint.stats().statements;
  await work();
  return endpoint.stats().statements - before;
}

const NETWORK = { name: 'NeonDbError', message: expect.stringContaining('fetch failed') };

describe('a request with a fault', () => {
  it.each([
    ['status:429', { name: 'NeonDbError', message: expect.stringContaining('HTTP status 429') }, 0],
    ['status:500', { name: 'NeonDbError', message: expect.stringContaining('HTTP status 500') }, 0],
    ['status:400', { name: 'NeonDbError', message: 'fault status:400' }, 0],
    ['reset', NETWORK, 0],
    ['non-json', { name: 'SyntaxError' }, 0],
    ['early-close', { message: expect.stringMatching(/terminated|aborted|closed/) }, 1],
    ['delay:1,status:503', { message: expect.stringContaining('HTTP status 503') }, 0],
  ])('%s fails', async (asked, error, statements) => {
    fault = asked;
    const run = await statementsDuring(() => expect(sql`select 1`).rejects.toMatchObject(error));
    expect(run).toBe(statements);
  });

  it.each(['delay:20', 'slow-body:20', 'delay:0'])('%s is answered', async (asked) => {
    fault = asked;
    expect(await sql`select 1 as a`).toEqual([{ a: 1 }]);
  });

  it('has its delay before the statement, its slow body after it', async () => {
    // Each fault takes minutes. With the slow body, the statement has run already; with the delay, it has not.
    const start = (asked: string) => {
      const leaving = new AbortController();
      const url = `${endpoint.httpUrl}?fault=${asked}`;
      const headers = { 'Neon-Connection-String': postgres.url };
      const answer = fetch(url, {
        method: 'POST',
        body: '{"query":"select 1"}',
        headers,
        signal: leaving.signal,
      });
      return { answer, leave: () => leaving.abort() };
    };
    const before = endpoint.stats().statements;
    const statements = await statementsDuring(async () => {
      const slow = start('slow-body:600000');
      const response = await slow.answer;
      expect(response.status).toBe(200);
      const failure = expect(response.text()).rejects.toThrow();
      slow.leave();
      await failure;
    });
    expect(statements).toBe(1);
    const delayed = start('delay:600000');
    const { requests } = endpoint.stats();
    while (endpoint.stats().requests === requests) await new Promise(setImmediate);
    delayed.leave();
    await expect(delayed.answer).rejects.toThrow();
    expect(endpoint.stats().statements).toBe(before + 1);
  });

  it('non-json is a page with status 200', async () => {
    const response = await fetch(`${endpoint.httpUrl}?fault=non-json`, { method: 'POST', body: '' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  });
});

describe('a WebSocket with a fault', () => {
  it.each(['status:503', 'status:400', 'reset', 'close-before-auth', 'close-after-auth'])(
    '%s fails',
    async (asked) => {
      fault = asked;
      await expect(overWebSocket()).rejects.toBeDefined();
      fault = undefined;
      expect(await overWebSocket()).toEqual([{ a: 1 }]);
    },
  );

  it('delay:20 works', async () => {
    fault = 'delay:20';
    expect(await overWebSocket()).toEqual([{ a: 1 }]);
  });

  it('is refused with the status', async () => {
    const webSocket = new WebSocket(`ws://${endpoint.wsProxy}?fault=status:429`);
    const [, response] = await once(webSocket, 'unexpected-response');
    expect(response.statusCode).toBe(429);
    webSocket.on('error', () => {}).terminate();
  });

  it.each([
    ['close-before-auth', false],
    ['close-after-auth', true],
  ])('%s: authenticated is %j', async (asked, isAuthenticated) => {
    fault = asked;
    const client = new neon.Client(postgres.url);
    client.on('error', () => {});
    let wasAuthenticated = false;
    (client as unknown as { connection: NodeJS.EventEmitter }).connection.on('authenticationOk', () => {
      wasAuthenticated = true;
    });
    await client.connect();
    await expect(client.query('select 1')).rejects.toThrow('Connection terminated unexpectedly');
    expect(wasAuthenticated).toBe(isAuthenticated);
  });
});

describe('a fault that does not exist', () => {
  it.each([
    'teapot',
    '',
    'reset:1',
    'status',
    'status:200',
    'status:600',
    'status:4e2',
    'delay',
    'delay:-1',
    'delay:1:2',
    'delay:600001',
    'reset,teapot',
    'close-after-auth',
    'constructor',
  ])('on a request, %j, is answered with those that do', async (asked) => {
    const response = await fetch(`${endpoint.httpUrl}?fault=${asked}`, { method: 'POST', body: '' });
    expect({ status: response.status, json: await response.json() }).toMatchObject({
      status: 400,
      json: {
        message: `fault on http must be one of delay:<milliseconds 0-600000>, status:<status 400-599>, reset, non-json, early-close, slow-body:<milliseconds 0-600000>; got "${asked.split(',').at(-1)}"`,
      },
    });
  });

  it('on a WebSocket is answered with those that do', async () => {
    const webSocket = new WebSocket(`ws://${endpoint.wsProxy}?fault=non-json`);
    const [, response] = await once(webSocket, 'unexpected-response');
    const body = JSON.parse(Buffer.concat(await response.toArray()).toString('utf8'));
    expect({ status: response.statusCode, message: body.message }).toEqual({
      status: 400,
      message:
        'fault on websocket must be one of delay:<milliseconds 0-600000>, status:<status 400-599>, reset, close-before-auth, close-after-auth; got "non-json"',
    });
    webSocket.on('error', () => {}).terminate();
  });

  it('cannot be set', () => {
    expect(() => endpoint.setFault('teapot')).toThrow('fault on http must be one of');
    expect(() => endpoint.setFault('non-json', { on: 'websocket' })).toThrow(
      'fault on websocket must be one of',
    );
    expect(() => endpoint.setFault('reset', { times: 0 })).toThrow(
      '"times" must be a whole number from 1, got "0"',
    );
    expect(() => endpoint.setFault('reset', { on: 'smtp' as never })).toThrow(
      '"on" must be one of http, websocket, got "smtp"',
    );
  });
});

describe('a fault that is set', () => {
  it('counts for the next requests, and no longer', async () => {
    endpoint.setFault('status:503', { times: 2 });
    await expect(sql`select 1`).rejects.toThrow('503');
    await expect(sql`select 1`).rejects.toThrow('503');
    expect(await sql`select 1 as a`).toEqual([{ a: 1 }]);
  });

  it('counts for its own door', async () => {
    endpoint.setFault('status:503', { on: 'websocket' });
    expect(await sql`select 1 as a`).toEqual([{ a: 1 }]);
    await expect(overWebSocket()).rejects.toBeDefined();
    expect(await overWebSocket()).toEqual([{ a: 1 }]);
  });

  it('is kept while the URL of a request asks for another', async () => {
    endpoint.setFault('status:503');
    fault = 'status:429';
    await expect(sql`select 1`).rejects.toThrow('429');
    fault = undefined;
    await expect(sql`select 1`).rejects.toThrow('503');
  });

  it('takes the place of the one before, and can be taken back', async () => {
    endpoint.setFault('status:503', { times: 9 });
    endpoint.setFault('status:429');
    await expect(sql`select 1`).rejects.toThrow('429');
    expect(await sql`select 1 as a`).toEqual([{ a: 1 }]);
    endpoint.setFault('status:503');
    endpoint.clearFaults();
    expect(await sql`select 1 as a`).toEqual([{ a: 1 }]);
  });
});

describe('from another process', () => {
  const admin = async (method: string, what: string, body?: string) => {
    const response = await fetch(new URL(`/neon-local/${what}`, endpoint.httpUrl), {
      method,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body ?? null,
    });
    const text = await response.text();
    return { status: response.status, json: text === '' ? undefined : JSON.parse(text) };
  };

  it('faults are set and taken back', async () => {
    expect(await admin('POST', 'faults', '{"fault":"status:503","times":2}')).toEqual({ status: 204 });
    await expect(sql`select 1`).rejects.toThrow('503');
    expect(await admin('DELETE', 'faults')).toEqual({ status: 204 });
    expect(await sql`select 1 as a`).toEqual([{ a: 1 }]);
    await admin('POST', 'faults', '{"fault":"reset","on":"websocket"}');
    await expect(overWebSocket()).rejects.toBeDefined();
  });

  it.each([
    ['{"fault":"teapot"}', 'fault on http must be one of'],
    ['{}', 'got "undefined"'],
    ['null', 'must be an object'],
    ['{', 'JSON'],
  ])('a wrong body is an error that names it: %s', async (body, message) => {
    expect(await admin('POST', 'faults', body)).toEqual({
      status: 400,
      json: { message: expect.stringContaining(message) },
    });
  });

  it('served requests are counted', async () => {
    expect(await admin('GET', 'stats')).toEqual({ status: 200, json: endpoint.stats() });
  });

  it('the answer to another path lists the valid ones', async () => {
    expect(await admin('GET', 'nonsense')).toMatchObject({ status: 400 });
  });
});

describe('stats', () => {
  it('count requests, statements and connections', async () => {
    const before = endpoint.stats();
    const http = neon.neon(postgres.url);
    await http`select 1`;
    await http.transaction([http`select 1`, http`select 2`]);
    await overWebSocket();
    expect(endpoint.stats()).toMatchObject({
      requests: before.requests + 2,
      statements: before.statements + 3,
      cancelled: before.cancelled,
      connections: before.connections + 1,
    });
  });
});

it('an endpoint stops although requests and WebSockets wait', async () => {
  const other = await startNeonLocal({ postgres: postgres.url });
  const request = fetch(`${other.httpUrl}?fault=delay:600000`, { method: 'POST', body: '' });
  const webSocket = new WebSocket(`ws://${other.wsProxy}?fault=delay:600000`);
  const failures = Promise.allSettled([request, once(webSocket, 'open')]);
  while (other.stats().requests + other.stats().connections < 2) await new Promise(setImmediate);
  await other.stop();
  expect((await failures).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});
