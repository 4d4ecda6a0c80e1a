import { channel } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { context, trace } from '@opentelemetry/api';
import type { RecordedEvent } from '@pg-otel/testkit';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import Cursor from 'pg-cursor';
import { CHANNELS, type CollectMessage } from '../../src/channels';
import { closeGate } from './gate';
import { type Instrumented, startInstrumented } from './instrumented';

/** Short limits, so that tests do not wait for seconds. */
const LIMITS = { slowAfter: [0.3, 0.8], heldAfter: 0.5, diagnose: false };
const REPEATED = { ...LIMITS, repeatInterval: 0.5 };

let shop: Instrumented;
const clients: pg.Client[] = [];
const pools: pg.Pool[] = [];

beforeAll(async () => {
  shop = await startInstrumented();
});

beforeEach(() => {
  shop.configure(LIMITS);
  shop.recorder.clear();
});

afterEach(async () => {
  await Promise.all([...clients.splice(0), ...pools.splice(0)].map((each) => each.end().catch(() => {})));
});

afterAll(() => shop.stop());

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: shop.server.url });
  client.on('error', () => {});
  clients.push(client);
  await client.connect();
  return client;
}

function openPool(options: pg.PoolConfig = {}): pg.Pool {
  const pool = new pg.Pool({ connectionString: shop.server.url, ...options });
  pool.on('error', () => {});
  pools.push(pool);
  return pool;
}

const named = (name: string) => shop.recorder.events().filter((event) => event.name === name);
const slow = () => named('pg_otel.operation.slow');
const ends = () => named('pg_otel.operation.ended');
/** The events of the statement at a closed gate, without operations that are slow because the machine is busy. */
const atGate = (events: readonly RecordedEvent[]) =>
  events.filter(({ attributes }) => attributes['db.query.summary'] === 'SELECT gate');
const held = () => named('pg_otel.connection.held');
const values = (events: readonly RecordedEvent[], attribute: string) =>
  events.map(({ attributes }) => attributes[attribute]);

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(10);
}

describe('a slow query', () => {
  it('is reported at each limit while it still runs, and when it ends', async () => {
    const gate = await closeGate(shop.server);
    const client = await connect();
    const query = client.query(gate.statement);
    await until(() => atGate(slow()).length === 2);
    expect(atGate(ends())).toEqual([]);
    const common = { ...shop.target, 'pg_otel.operation.kind': 'query', 'db.query.summary': 'SELECT gate' };
    const [, critical] = atGate(slow());
    expect(critical?.attributes).toEqual({
      ...common,
      'pg_otel.operation.limit': 0.8,
      'pg_otel.operation.elapsed': expect.any(Number),
      'pg_otel.operation.running': 1,
      'pg_otel.operation.crossings': 1,
    });
    await gate.open();
    await query;
    expect(atGate(ends())).toEqual([
      {
        name: 'pg_otel.operation.ended',
        severity: 9,
        body: expect.stringMatching(/^SELECT gate ended after [\d.]+ s \(threshold 0\.80 s\)$/),
        traceId: shop.queries()[0]?.traceId,
        spanId: shop.queries()[0]?.spanId,
        attributes: {
          ...common,
          'pg_otel.operation.limit': 0.8,
          'pg_otel.operation.elapsed': expect.closeTo(shop.queries()[0]?.seconds ?? 0, 6),
          'pg_otel.response.first_row_time': expect.any(Number),
        },
      },
    ]);
  });

  it('is reported again while it runs, in the trace of its span', async () => {
    shop.configure(REPEATED);
    const gate = await closeGate(shop.server);
    const client = await connect();
    const query = client.query(gate.statement);
    const ofFirstLimit = () =>
      atGate(slow()).filter(({ attributes }) => attributes['pg_otel.operation.limit'] === 0.3);
    await until(() => ofFirstLimit().length >= 2);
    await gate.open();
    await query;
    const first = ofFirstLimit();
    expect(values(first, 'pg_otel.operation.crossings').slice(0, 2)).toEqual([1, 0]);
    expect(new Set(first.map(({ spanId }) => spanId))).toEqual(new Set([shop.queries()[0]?.spanId]));
  });

  it('of a pool has its name and its wait', async () => {
    const pool = openPool({ max: 1 });
    const gate = await closeGate(shop.server);
    await pool.query('SELECT 1');
    const answered = Promise.all([pool.query('SELECT 1'), pool.query(gate.statement)]);
    await until(() => atGate(slow()).length > 0);
    await gate.open();
    await answered;
    expect(atGate(slow()).slice(0, 1)).toMatchObject([
      {
        attributes: {
          'pg_otel.operation.kind': 'query',
          'db.client.connection.pool.name': 'shop',
          'pg_otel.pool.wait_time': expect.any(Number),
        },
      },
    ]);
  });

  it('behind another on its client has its time in the queue', async () => {
    const client = await connect();
    const gate = await closeGate(shop.server);
    const answered = Promise.all([
      client.query(gate.statement),
      client.query('SELECT n AS queued FROM gate'),
    ]);
    await until(() => (values(slow(), 'pg_otel.operation.running').at(-1) ?? 0) === 2);
    await gate.open();
    await answered;
    expect(values(atGate(ends()), 'pg_otel.client.queue_time')).toEqual([undefined, expect.any(Number)]);
  });

  it('has neither its text nor its values nor the server’s message', async () => {
    const client = await connect();
    await client.query("SELECT pg_sleep(0.5), 'secret-literal', $1::text", ['secret-value']);
    await client.query("SELECT pg_sleep(0.5), 'secret-literal'::int").catch(() => {});
    expect(slow().length).toBeGreaterThan(0);
    expect(JSON.stringify(shop.recorder.events())).not.toContain('secret');
  });

  it('may be on a pool with separate limits', async () => {
    shop.configure({ ...LIMITS, slowAfterOf: { pools: { shop: [0.1] } } });
    const gate = await closeGate(shop.server);
    const query = openPool().query(gate.statement);
    await until(() => atGate(slow()).length > 0);
    // Time enough for the limit that is not the pool's.
    await sleep(400);
    await gate.open();
    await query;
    expect(values(atGate(slow()), 'pg_otel.operation.limit')).toEqual([0.1]);
  });
});

it('an operation that runs while the options change is reported by the old ones until it ends', async () => {
  const gate = await closeGate(shop.server);
  const client = await connect();
  const query = client.query(gate.statement);
  shop.configure({ ...LIMITS, slowAfter: [] });
  await until(() => atGate(slow()).length > 0);
  await gate.open();
  await query;
  expect(values(atGate(slow()).slice(0, 1), 'pg_otel.operation.limit')).toEqual([0.3]);
  expect(atGate(ends())).toHaveLength(1);
});

describe('operations that never end', () => {
  it('is reported repeatedly', async () => {
    shop.configure(REPEATED);
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket));
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as { port: number };
    const client = new pg.Client({ host: '127.0.0.1', port, user: 'app', database: 'silent' });
    client.connect().catch(() => {});
    await until(() => slow().length >= 4);
    expect(new Set(values(slow(), 'pg_otel.operation.kind'))).toEqual(new Set(['connect']));
    client.end().catch(() => {});
    for (const socket of sockets) socket.destroy();
    silent.close();
    await until(() => ends().length === 1);
  });

  it('ends with its client: a query under which it is destroyed', async () => {
    shop.configure(REPEATED);
    const client = await connect();
    const query = client.query('SELECT pg_sleep(60)').catch(() => {});
    await until(() => slow().length > 0);
    (client as unknown as { connection: { stream: Socket } }).connection.stream.destroy();
    await query;
    expect(values(ends(), 'error.type')).toEqual(['connection_terminated']);
    shop.recorder.clear();
    await sleep(1100);
    expect(slow()).toEqual([]);
  });

  it('is a request to a pool to which no connection is returned', async () => {
    const pool = openPool({ max: 1 });
    const client = await pool.connect();
    shop.recorder.clear();
    const waiting = Array.from({ length: 20 }, () => pool.query('SELECT 1'));
    const waits = () => slow().filter(({ attributes }) => attributes['pg_otel.operation.kind'] === 'acquire');
    await until(() => waits().length === 2);
    expect(waits()[0]?.attributes).toEqual({
      ...shop.target,
      'db.client.connection.pool.name': 'shop',
      'pg_otel.operation.kind': 'acquire',
      'pg_otel.operation.limit': 0.3,
      'pg_otel.operation.elapsed': expect.any(Number),
      'pg_otel.operation.running': 20,
      'pg_otel.operation.crossings': 20,
    });
    client.release();
    await Promise.all(waiting);
    const ended = () => ends().filter(({ attributes }) => attributes['pg_otel.operation.kind'] === 'acquire');
    await until(() => ended().length === 20);
  });
});

describe('a cursor', () => {
  it('whose consumer takes its time is not slow, but held', async () => {
    shop.configure({ ...LIMITS, slowAfter: [2] });
    const pool = openPool();
    const client = await pool.connect();
    shop.recorder.clear();
    const cursor = client.query(new Cursor('SELECT * FROM generate_series(1, 10)'));
    for (let read = 0; read < 3; read += 1) {
      await cursor.read(2);
      await sleep(900);
    }
    expect(slow()).toEqual([]);
    expect(held().length).toBeGreaterThan(0);
    await cursor.close();
    client.release();
  });

  it('whose server takes its time is slow', async () => {
    shop.configure({ slowAfter: [1] });
    const gate = await closeGate(shop.server);
    const client = await connect();
    const cursor = client.query(
      new Cursor(`SELECT n::text FROM gate UNION ALL SELECT 'x' FROM (${gate.statement}) AS behind`),
    );
    const ofCursor = () =>
      slow().filter(({ attributes }) => attributes['pg_otel.operation.kind'] === 'query');
    const startedAt = performance.now();
    await cursor.read(1);
    await sleep(2000);
    expect(ofCursor()).toEqual([]);
    const read = cursor.read(1);
    await until(() => ofCursor().length > 0);
    const withoutConsumer = (performance.now() - startedAt) / 1000 - 1.9;
    expect(values(ofCursor(), 'pg_otel.operation.elapsed')[0]).toBeLessThan(withoutConsumer);
    await gate.open();
    await read;
    await cursor.close();
  });

  it('that is left open is not reported after its client is gone', async () => {
    const client = await connect();
    client.query(new Cursor('SELECT pg_sleep(60)')).read(1, () => {});
    // Not its setup, which may be slow as well.
    await until(() => slow().some(({ attributes }) => attributes['pg_otel.operation.kind'] === 'query'));
    (client as unknown as { connection: { stream: Socket } }).connection.stream.destroy();
    await until(() => ends().some(({ attributes }) => attributes['pg_otel.operation.kind'] === 'query'));
  });
});

it('a COPY may take as long as it takes', async () => {
  shop.configure({ ...LIMITS, slowAfter: [2] });
  const client = await connect();
  await client.query('CREATE TEMPORARY TABLE numbers (value int)');
  const stream = client.query(copyFrom('COPY numbers FROM STDIN'));
  stream.write('1\n');
  await sleep(2500);
  stream.end('2\n');
  await once(stream, 'finish');
  expect(slow()).toEqual([]);
});

describe('a connection that is held too long', () => {
  it('is reported in the trace that holds it, while it is still held, and again', async () => {
    shop.configure(REPEATED);
    const pool = openPool({ max: 2 });
    const span = trace.getTracer('test').startSpan('request');
    const client = await context.with(trace.setSpan(context.active(), span), () => pool.connect());
    const brief = await pool.connect();
    brief.release();
    await until(() => held().length >= 2);
    expect(held()[0]).toEqual({
      name: 'pg_otel.connection.held',
      severity: 13,
      body: expect.stringMatching(
        /^A connection of pool shop has been checked out for [\d.]+ s \(threshold 0\.50 s\)$/,
      ),
      traceId: span.spanContext().traceId,
      spanId: span.spanContext().spanId,
      attributes: {
        ...shop.target,
        'db.client.connection.pool.name': 'shop',
        'pg_otel.connection.held_time': expect.any(Number),
        'pg_otel.connection.limit': 0.5,
        'pg_otel.connection.held_count': 1,
        'code.stacktrace': expect.stringContaining('running.test.ts'),
      },
    });
    client.release();
    shop.recorder.clear();
    await sleep(700);
    expect(held()).toEqual([]);
  });

  it('is reported by options that were set while it was held', async () => {
    const pool = openPool();
    const client = await pool.connect();
    shop.configure({ ...LIMITS, heldAfter: 0.4 });
    await until(() => held().length === 1);
    expect(values(held(), 'pg_otel.connection.limit')).toEqual([0.4]);
    client.release();
  });

  it('is not reported by an instrumentation that is disabled or replaced', async () => {
    const pool = openPool();
    const client = await pool.connect();
    shop.instrumentation.disable();
    await sleep(800);
    expect(held()).toEqual([]);
    shop.instrumentation.enable();
    client.release();
  });
});

describe('a span processor that fails', () => {
  const failing = (name: 'onStart' | 'onEnd') => {
    const broken = () => {
      throw new Error('broken');
    };
    const { node } = require('@opentelemetry/sdk-node') as typeof import('@opentelemetry/sdk-node');
    const processor = { onStart() {}, onEnd() {}, forceFlush: async () => {}, shutdown: async () => {} };
    return new node.NodeTracerProvider({ spanProcessors: [{ ...processor, [name]: broken }] });
  };
  const running = () => {
    const figures: CollectMessage = { pools: [], running: [] };
    channel(CHANNELS.collect).publish(figures);
    return figures.running.map(({ summary }) => summary);
  };
  afterEach(() => shop.instrumentation.setTracerProvider(shop.recorder.tracerProvider));

  it('leaves no query running that has ended, and its duration is recorded', async () => {
    const client = await connect();
    await client.query('CREATE TEMPORARY TABLE processed AS SELECT 1 AS n');
    shop.instrumentation.setTracerProvider(failing('onEnd'));
    await client.query('SELECT n FROM processed');
    expect(running()).toEqual([]);
    const durations = await shop.points('db.client.operation.duration', {
      'db.query.summary': 'SELECT processed',
    });
    expect(durations).toHaveLength(1);
  });

  it('hides no query that runs', async () => {
    const gate = await closeGate(shop.server);
    const client = await connect();
    shop.instrumentation.setTracerProvider(failing('onStart'));
    const query = client.query(gate.statement);
    expect(running()).toEqual(['SELECT gate']);
    await gate.open();
    await query;
    expect(running()).toEqual([]);
  });
});

it('a logger provider that fails reaches no query', async () => {
  const client = await connect();
  const broken = () => {
    throw new Error('broken');
  };
  const provider = { getLogger: () => ({ emit: broken, enabled: broken }) };
  shop.instrumentation.setLoggerProvider(provider as never);
  try {
    for (let query = 0; query < 3; query += 1) {
      await expect(client.query('SELECT 1')).resolves.toMatchObject({ rowCount: 1 });
      await sleep(120);
    }
    await expect(client.query('SELECT * FROM missing')).rejects.toMatchObject({ code: '42P01' });
  } finally {
    shop.instrumentation.setLoggerProvider(shop.recorder.loggerProvider);
  }
});
