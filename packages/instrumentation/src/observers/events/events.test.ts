import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Context, context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { configure, type PostgresInstrumentationConfig } from '../../configuration';
import { timers } from '../../node/timers';
import { AcquireOperation, ConnectOperation, QueryOperation, type ServerTime } from '../../operation';
import { type Checkout, PoolState } from '../../pool-state';
import { Statement } from '../../statement';
import { Target } from '../../target';
import type { Observer } from '../../telemetry';
import { Events } from './events';

interface Emitted {
  readonly name: string;
  /** Milliseconds since the start of the test. */
  readonly at: number;
  readonly severity: string;
  readonly attributes: Record<string, unknown>;
  readonly traceId: string | undefined;
}

const target = Target.of({ host: 'db.example.com', database: 'shop' });
const other = Target.of({ host: 'db.example.com', database: 'archive' });
const where = { 'db.system.name': 'postgresql', 'db.namespace': 'shop', 'server.address': 'db.example.com' };

let time: number;
let emitted: Emitted[];
let pools: PoolState[];
let events: Events;
let isLogging: boolean;

const observer = {
  queryStarted: (operation) => events.started(operation),
  queryEnded: (operation) => events.ended(operation),
  connectStarted: (operation) => events.started(operation),
  connectEnded: (operation) => events.ended(operation),
  acquireStarted: (operation) => events.started(operation),
  acquireEnded: (operation) => events.ended(operation),
} as Observer;

function observe(options: PostgresInstrumentationConfig = {}): void {
  const emit = ({ eventName, severityText, attributes, context }: Record<string, unknown>) =>
    void emitted.push({
      name: eventName as string,
      at: time,
      severity: severityText as string,
      attributes: attributes as Emitted['attributes'],
      traceId: trace.getSpanContext(context as Context)?.traceId,
    });
  const providers = {
    logger: { emit } as never,
    get isLogging() {
      return isLogging;
    },
  };
  events = new Events(configure(options, {}), providers, { timers }, () => pools);
}

beforeEach(() => {
  jest.useFakeTimers();
  time = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => time);
  emitted = [];
  pools = [];
  isLogging = true;
  observe();
});
afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
});

/** Lets time pass while the event loop runs. */
function pass(seconds: number): void {
  for (let step = 0; step < Math.round(seconds * 100); step += 1) {
    time += 10;
    jest.advanceTimersByTime(10);
  }
}

/** Blocks the event loop. In the next iteration, timers run before the data that has arrived is read. */
function block(seconds: number, read: () => void = () => {}): void {
  time += seconds * 1000;
  jest.advanceTimersToNextTimer();
  read();
  for (let turn = 0; turn < 2; turn += 1) jest.advanceTimersByTime(0);
}

interface QueryOptions {
  readonly at?: Target;
  readonly pool?: PoolState;
  readonly serverTime?: ServerTime;
}

function query(text = 'SELECT * FROM products', { at = target, pool, serverTime }: QueryOptions = {}) {
  const client = { pool, reference: new WeakRef({}) };
  const operation = new QueryOperation(observer, time, new Statement(text).on(at), client, undefined);
  if (serverTime !== undefined) operation.addDetails({ serverTime });
  return operation.start();
}

const pool = (name = 'shop'): PoolState =>
  new PoolState(name, target, () => ({
    total: 1,
    idle: 0,
    connecting: 0,
    pending: 0,
    limit: 1,
    idleMin: 0,
    idleMax: 1,
  }));

const slow = () => emitted.filter(({ name }) => name === 'pg_otel.operation.slow');
const ends = () => emitted.filter(({ name }) => name === 'pg_otel.operation.ended');
const held = () => emitted.filter(({ name }) => name === 'pg_otel.connection.held');
const attribute = (name: string) => (event: Emitted) => event.attributes[`pg_otel.operation.${name}`];
const sum = (events: Emitted[], name: string) =>
  events.reduce((total, event) => total + Number(attribute(name)(event) ?? 1), 0);

describe('an operation that is over a limit', () => {
  it('is reported while it runs, within 250 ms, with its attributes', () => {
    query();
    pass(0.99);
    expect(emitted).toEqual([]);
    pass(0.26);
    expect(emitted).toEqual([
      {
        name: 'pg_otel.operation.slow',
        at: expect.any(Number),
        severity: 'WARN',
        traceId: undefined,
        attributes: {
          ...where,
          'pg_otel.operation.kind': 'query',
          'pg_otel.operation.limit': 1,
          'pg_otel.operation.elapsed': expect.any(Number),
          'pg_otel.operation.running': 1,
          'pg_otel.operation.crossings': 1,
          'db.query.summary': 'SELECT products',
        },
      },
    ]);
    expect(attribute('elapsed')(emitted[0] as Emitted)).toBe((emitted[0] as Emitted).at / 1000);
  });

  it('is reported at each limit', () => {
    query();
    pass(7);
    expect(slow().map(attribute('limit'))).toEqual([1, 5]);
    expect(slow()[1]?.at).toBeLessThanOrEqual(5250);
  });

  it('is reported in the trace of its span, or of its caller if it has no span', () => {
    const spanContext = {
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      traceFlags: 0,
    };
    jest.spyOn(trace, 'getSpanContext').mockReturnValueOnce(spanContext);
    query();
    pass(1.5);
    expect(slow()[0]?.traceId).toBe(spanContext.traceId);
  });

  it('is reported with its known wait times', () => {
    const operation = query();
    pass(0.4);
    operation.isQueued = true;
    operation.leftQueue();
    pass(1);
    operation.firstRowArrived();
    pass(4);
    expect(slow()[1]?.attributes).toMatchObject({
      'pg_otel.client.queue_time': 0.4,
      'pg_otel.response.first_row_time': 1.4,
    });
  });

  it('is never reported too early, even if the timer fires early', () => {
    query();
    for (let step = 0; step < 130; step += 1) {
      time += 9.9;
      jest.advanceTimersByTime(10);
    }
    expect(slow()).toHaveLength(1);
    expect(slow()[0]?.at).toBeGreaterThanOrEqual(1000);
    expect(slow()[0]?.at).toBeLessThanOrEqual(1250);
  });

  it('is reported again each minute while it runs', () => {
    query();
    pass(130);
    expect(slow().map((event) => [attribute('limit')(event), Math.round(event.at / 1000)])).toEqual([
      [1, 1],
      [5, 5],
      [1, 61],
      [5, 65],
      [1, 121],
      [5, 125],
    ]);
    expect(slow().map(attribute('crossings'))).toEqual([1, 1, 0, 0, 0, 0]);
  });

  it('is reported once when it ends, with the highest limit it has crossed', () => {
    const operation = query();
    pass(6);
    operation.failed(Object.assign(new Error('canceling statement'), { code: '57014', severity: 'ERROR' }));
    pass(1);
    expect(ends()).toEqual([
      {
        name: 'pg_otel.operation.ended',
        at: 6000,
        severity: 'INFO',
        traceId: undefined,
        attributes: {
          ...where,
          'pg_otel.operation.kind': 'query',
          'pg_otel.operation.limit': 5,
          'pg_otel.operation.elapsed': 6,
          'db.query.summary': 'SELECT products',
          'error.type': expect.any(String),
        },
      },
    ]);
  });

  it('is reported although it ended before the next check', () => {
    query();
    pass(0.05);
    const operation = query('SELECT * FROM orders');
    pass(0.96);
    time = 1051;
    operation.succeeded();
    expect(slow().map(({ attributes }) => attributes['db.query.summary'])).toContain('SELECT orders');
    const [event] = slow().filter(({ attributes }) => attributes['db.query.summary'] === 'SELECT orders');
    expect(event?.attributes).toMatchObject({
      'pg_otel.operation.elapsed': 1.001,
      'pg_otel.operation.running': 0,
      'pg_otel.operation.crossings': 1,
    });
    expect(ends()).toHaveLength(1);
  });

  it('may be a connect or a request to a pool', () => {
    const state = pool();
    new AcquireOperation(observer, time, state, 'queued').start();
    new ConnectOperation(observer, time, target, undefined).start();
    pass(1.5);
    expect(slow().map(({ attributes }) => attributes)).toMatchObject([
      { 'pg_otel.operation.kind': 'acquire', 'db.client.connection.pool.name': 'shop' },
      { 'pg_otel.operation.kind': 'connect' },
    ]);
  });
});

it('an operation whose span cannot be read hides no other one', () => {
  const unreadable = query('SELECT * FROM unreadable');
  unreadable.observe().span = {
    spanContext() {
      throw new Error('broken');
    },
  } as never;
  pass(0.2);
  query('SELECT * FROM orders');
  unreadable.succeeded();
  pass(1.5);
  expect(slow().map(({ attributes }) => attributes['db.query.summary'])).toEqual(['SELECT orders']);
});

describe('operations of the same kind, pool and summary', () => {
  it('share one event, with their number and the age of the oldest', () => {
    query();
    pass(0.05);
    for (let count = 0; count < 9; count += 1) query();
    pass(1.3);
    expect(slow()).toHaveLength(1);
    pass(59.9);
    expect(slow().filter((event) => attribute('limit')(event) === 1)).toMatchObject([
      { attributes: { 'pg_otel.operation.running': 1, 'pg_otel.operation.crossings': 1 } },
      { attributes: { 'pg_otel.operation.running': 10, 'pg_otel.operation.crossings': 9 } },
    ]);
    expect(attribute('elapsed')(slow().at(-1) as Emitted)).toBeGreaterThanOrEqual(61);
  });

  it('have separate events when kind, pool, database or summary differ', () => {
    query('SELECT * FROM a');
    query('SELECT * FROM b');
    query('SELECT * FROM a', { at: other });
    query('SELECT * FROM a', { pool: pool('one') });
    query('SELECT * FROM a', { pool: pool('two') });
    pass(1.5);
    expect(slow()).toHaveLength(5);
  });

  it('are removed when none is over the limit: the next one is reported at once', () => {
    for (let round = 0; round < 3; round += 1) {
      const operation = query();
      pass(2);
      operation.succeeded();
      pass(1);
    }
    expect(slow()).toHaveLength(3);
    expect(ends()).toHaveLength(3);
  });

  it('share one summary beyond a hundred summaries', () => {
    for (let index = 0; index < 150; index += 1) query(`SELECT * FROM t${index}`);
    pass(30);
    const atFirst = slow().filter((event) => attribute('limit')(event) === 1);
    expect(atFirst).toHaveLength(101);
    expect(atFirst.map(({ attributes }) => attributes['db.query.summary'])).toContain('_OTHER');
    expect(sum(atFirst, 'crossings')).toBe(150);
  });
});

describe('in an outage', () => {
  it('ten thousand hanging operations cause a handful of events, with correct counts', () => {
    const operations = Array.from({ length: 10_000 }, (_, index) => query(`SELECT * FROM t${index % 3}`));
    pass(10);
    expect(slow()).toHaveLength(6);
    expect(
      sum(
        slow().filter((event) => attribute('limit')(event) === 5),
        'crossings',
      ),
    ).toBe(10_000);
    for (const operation of operations) operation.succeeded();
    pass(2);
    expect(ends().length).toBeLessThan(30);
    expect(sum(ends(), 'count')).toBe(10_000);
  });

  it('ten thousand operations that end before the next check are reported and counted as well', () => {
    const operations = Array.from({ length: 10_000 }, () => query());
    pass(0.95);
    time = 1000;
    for (const operation of operations) operation.succeeded();
    pass(1);
    expect(slow().length).toBeLessThan(5);
    expect(sum(slow(), 'crossings')).toBe(10_000);
  });

  it('events at a low limit do not use up the budget of a higher limit', () => {
    query('SELECT * FROM hanging');
    pass(3.9);
    for (let index = 0; index < 90; index += 1) query(`SELECT * FROM t${index}`);
    pass(1.4);
    const critical = slow().filter((event) => attribute('limit')(event) === 5);
    expect(critical).toHaveLength(1);
    expect(critical[0]?.at).toBeLessThanOrEqual(5250);
    expect(slow()).toHaveLength(1 + 20 + 1);
    pass(4);
    expect(slow().filter((event) => attribute('limit')(event) === 1)).toHaveLength(91);
  });

  it('ten thousand failures cause a handful of events, with correct counts', () => {
    const fail = () => query().failed(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }));
    for (let count = 0; count < 10_000; count += 1) fail();
    pass(2);
    const failures = emitted.filter(({ name }) => name === 'db.client.operation.exception');
    expect(failures).toHaveLength(21);
    expect(sum(failures, 'count')).toBe(10_000);
  });
});

it('failures of ten thousand types cause a limited number of events, and are all counted', () => {
  for (let index = 0; index < 10_000; index += 1) {
    query().failed(Object.assign(new Error('own'), { code: `OWN_${index}` }));
  }
  pass(10);
  const failures = emitted.filter(({ name }) => name === 'db.client.operation.exception');
  expect(failures).toHaveLength(20 + 101);
  expect(sum(failures, 'count')).toBe(10_000);
  expect(failures.at(-1)?.attributes).toEqual({
    'db.system.name': 'postgresql',
    'pg_otel.operation.kind': 'query',
    'error.type': '_OTHER',
    'pg_otel.operation.count': 10_000 - 120,
  });
});

describe('the event of a failed connection', () => {
  const database = (name: string) => Target.of({ host: 'outcomes.example.com', database: name });
  const refuse = (at: Target, code = 'ECONNREFUSED') =>
    new ConnectOperation(observer, time, at, undefined)
      .start()
      .failed(Object.assign(new Error('refused'), { code }));
  const states = () =>
    emitted
      .filter(({ name }) => name === 'db.client.operation.exception')
      .map(({ attributes }) => [
        attributes['pg_otel.operation.failures'],
        attributes['pg_otel.database.answered'],
      ]);

  it('has the number of failures within a minute, and states that nothing has succeeded', () => {
    const down = database('down');
    for (const seconds of [0, 20, 30, 15]) {
      pass(seconds);
      refuse(down);
    }
    expect(states()).toEqual([
      [1, false],
      [2, false],
      [3, false],
      // The first one is more than a minute ago.
      [3, false],
    ]);
  });

  it('counts 100 types of failures, and further ones together', () => {
    const down = database('failing variously');
    for (let nth = 0; nth < 102; nth += 1) {
      pass(1);
      for (let time = 0; time < (nth < 100 ? 1 : 2); time += 1) refuse(down, `E${nth}`);
    }
    expect(
      states()
        .slice(-4)
        .map(([failures]) => failures),
    ).toEqual([1, 2, 3, 4]);
  });

  it('states that the database answered when any operation succeeded within a minute', () => {
    const up = database('up');
    query('SELECT 1', { at: up }).succeeded();
    pass(50);
    refuse(up);
    pass(20);
    refuse(up);
    expect(states()).toEqual([
      [1, true],
      [2, false],
    ]);
  });

  it('does not count a connection from the pool as an answer of the database', () => {
    const down = database('handing out');
    const state = new PoolState('shop', down, () => undefined);
    for (const path of ['idle', 'queued'] as const) {
      new AcquireOperation(observer, time, state, path).start().succeeded();
    }
    refuse(down);
    new ConnectOperation(observer, time, down, undefined).start().succeeded();
    refuse(down);
    expect(states()).toEqual([
      [1, false],
      [2, true],
    ]);
  });

  it('counts neither other databases nor other kinds of operations nor other errors', () => {
    const one = database('one');
    query('SELECT 1', { at: database('two') }).succeeded();
    refuse(database('two'));
    query('SELECT 1', { at: one }).failed(new Error('no such table'));
    refuse(one);
    refuse(one, '28P01');
    refuse(one);
    expect(states()).toEqual([
      [1, true],
      [undefined, undefined],
      [1, false],
      [1, false],
      [2, false],
    ]);
  });

  it('has the current state when it counts many failures', () => {
    const down = database('flooded');
    for (let count = 0; count < 100; count += 1) refuse(down);
    pass(2);
    expect(states().at(-1)).toEqual([100, false]);
  });
});

describe('an event that waits for the budget', () => {
  it('is emitted at once when the process is about to end', () => {
    const operations = Array.from({ length: 200 }, (_, index) => query(`SELECT * FROM t${index}`));
    pass(0.95);
    time = 1000;
    for (const operation of operations) operation.failed(new Error('lost'));
    events.flush();
    expect(sum(slow(), 'crossings')).toBe(200);
    expect(sum(ends(), 'count')).toBe(200);
    expect(
      sum(
        emitted.filter(({ name }) => name.endsWith('exception')),
        'count',
      ),
    ).toBe(200);
    const before = emitted.length;
    events.flush();
    pass(2);
    expect(emitted).toHaveLength(before);
  });

  it('is emitted once, though a log processor ends operations', () => {
    const first = query();
    query();
    pass(0.9);
    jest.spyOn(emitted, 'push').mockImplementationOnce((...events) => {
      first.succeeded();
      return emitted.push(...events);
    });
    pass(0.5);
    expect(sum(slow(), 'crossings')).toBe(2);
    expect(ends()).toHaveLength(1);
  });

  it('is emitted once at the end of the process, though each event causes another failure', () => {
    const fail = () => query().failed(new Error('lost'));
    for (let count = 0; count < 21; count += 1) fail();
    expect(emitted).toHaveLength(20);
    jest.spyOn(emitted, 'push').mockImplementation((...events) => {
      // An endless loop would end here.
      if (emitted.length < 1000) fail();
      return Array.prototype.push.apply(emitted, events);
    });
    events.flush();
    expect(emitted).toHaveLength(21);
  });
});

describe('a blocked event loop', () => {
  const quick = () => Array.from({ length: 50 }, () => query());

  it('causes no event for a query that the server has answered', () => {
    const operations = quick();
    block(1.3, () => {
      for (const operation of operations) operation.succeeded();
    });
    pass(2);
    expect(emitted).toEqual([]);
  });

  it('causes no event when the answers are read in the blocked iteration', () => {
    const operations = quick();
    time += 1300;
    for (const operation of operations) operation.succeeded();
    pass(2);
    expect(emitted).toEqual([]);
  });

  it('causes no event for a query that ends soon afterwards', () => {
    const operation = query();
    block(3);
    pass(0.5);
    operation.succeeded();
    expect(emitted).toEqual([]);
  });

  it('does not hide an operation that hangs', () => {
    query();
    pass(0.5);
    block(3);
    pass(0.75);
    expect(slow()).toHaveLength(1);
    expect(attribute('elapsed')(slow()[0] as Emitted)).toBeGreaterThan(3.5);
  });

  it('delays the event of an operation that was sent before only until it runs again', () => {
    query();
    pass(0.2);
    block(1.3);
    pass(0.01);
    expect(slow().map(({ at }) => at)).toEqual([1510]);
    block(1.3);
    block(1.3);
    expect(slow()).toHaveLength(1);
    block(1.3);
    pass(0.01);
    expect(slow().map(attribute('limit'))).toEqual([1, 5]);
  });

  it('does not count for a query that waits in the client’s queue for other answers', () => {
    const queued = query();
    queued.succeeded();
    const operation = new QueryOperation(observer, time, queued.prepared, queued.client, undefined);
    operation.isQueued = true;
    operation.start();
    pass(0.2);
    block(1.3);
    block(1.3);
    operation.succeeded();
    expect(emitted).toEqual([]);
  });

  it('causes no event when it is blocked after the start of a query and again before its answer is read', () => {
    const operation = query();
    block(1.3);
    pass(0.3);
    time += 1300;
    operation.succeeded();
    expect(emitted).toEqual([]);
  });

  it('does not delay events when it is blocked for less than 100 ms', () => {
    query();
    for (let round = 0; round < 7; round += 1) {
      pass(0.09);
      block(0.09);
    }
    expect(slow()).toHaveLength(1);
  });
});

describe('a cursor or stream', () => {
  it('is slow by the server’s time, not by its consumer’s', () => {
    const serverTime = { seconds: 0 };
    query('SELECT * FROM products', { serverTime });
    pass(10);
    expect(slow()).toEqual([]);
    for (let step = 0; step < 130; step += 1) {
      serverTime.seconds += 0.01;
      pass(0.01);
    }
    expect(slow()).toMatchObject([{ attributes: { 'pg_otel.operation.limit': 1 } }]);
    expect(attribute('elapsed')(slow()[0] as Emitted)).toBeLessThan(1.25);
  });

  it('is not slow because of a blocked event loop', () => {
    const serverTime = { seconds: 0 };
    query('SELECT * FROM products', { serverTime });
    pass(0.1);
    block(3, () => {
      serverTime.seconds += 3;
    });
    pass(0.5);
    expect(emitted).toEqual([]);
  });
});

it.each([
  'COPY products FROM STDIN',
  '-- all\nCOPY products TO STDOUT',
  'LISTEN jobs',
  'START_REPLICATION SLOT s LOGICAL 0/0',
])('commands that may run for any time have no limit: %s', (text) => {
  query(text);
  pass(10);
  expect(emitted).toEqual([]);
});

it('continues to emit when the application’s logger provider throws', () => {
  let isBroken = true;
  const emit = (record: { eventName: string }) => {
    if (isBroken) throw new Error('broken');
    emitted.push({ name: record.eventName } as Emitted);
  };
  const providers = { logger: { emit } as never, isLogging: true };
  events = new Events(configure({}, {}), providers, { timers }, () => pools);
  query();
  pass(2);
  isBroken = false;
  pass(60);
  expect(emitted.length).toBeGreaterThan(0);
});

describe('limits', () => {
  it('are those of the pool, or of the database, or the general ones, in this order', () => {
    observe({
      slowAfter: [2],
      slowAfterOf: { pools: { reports: [4], quiet: [] }, databases: { archive: [3] } },
    });
    query('SELECT * FROM usual');
    query('SELECT * FROM archive', { at: other });
    query('SELECT * FROM reports', { at: other, pool: pool('reports') });
    query('SELECT * FROM quiet', { pool: pool('quiet') });
    pass(10);
    expect(
      slow().map(({ attributes }) => [attributes['db.query.summary'], attributes['pg_otel.operation.limit']]),
    ).toEqual([
      ['SELECT usual', 2],
      ['SELECT archive', 3],
      ['SELECT reports', 4],
    ]);
  });

  it('can be turned off', () => {
    observe({ slowAfter: [] });
    query();
    pass(10);
    expect(emitted).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('the timer', () => {
  it('runs only while an operation runs', () => {
    const operation = query();
    expect(jest.getTimerCount()).toBe(1);
    operation.succeeded();
    pass(0.2);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('is not started while no logger is enabled', () => {
    isLogging = false;
    query();
    pass(2);
    expect(jest.getTimerCount()).toBe(0);
    expect(emitted).toEqual([]);
  });

  it('is shared by all operations that run', () => {
    for (let count = 0; count < 100; count += 1) query();
    pass(3);
    expect(jest.getTimerCount()).toBe(1);
  });
});

describe('a checked-out connection', () => {
  const checkOut = (state: PoolState): Checkout =>
    state.delivered(new AcquireOperation(observer, time, state, 'idle').start(), undefined);

  it('is reported when it is held too long, and again each minute', () => {
    const state = pool();
    pools.push(state);
    checkOut(state);
    pass(31);
    expect(held()).toEqual([
      {
        name: 'pg_otel.connection.held',
        at: expect.any(Number),
        severity: 'WARN',
        traceId: undefined,
        attributes: {
          ...where,
          'db.client.connection.pool.name': 'shop',
          'pg_otel.connection.held_time': expect.any(Number),
          'pg_otel.connection.limit': 30,
          'pg_otel.connection.held_count': 1,
        },
      },
    ]);
    expect(held()[0]?.at).toBeLessThanOrEqual(30_250);
    pass(60);
    expect(held()).toHaveLength(2);
  });

  it('is reported although no limit applied to a long wait for it', () => {
    observe({ slowAfter: [] });
    const state = pool();
    pools.push(state);
    const wait = new AcquireOperation(observer, time, state, 'queued').start();
    pass(1);
    state.delivered(wait, undefined);
    pass(31);
    expect(held()).toHaveLength(1);
  });

  it('is counted together with the others of its pool', () => {
    const state = pool();
    pools.push(state);
    checkOut(state);
    pass(10);
    for (let count = 0; count < 4; count += 1) checkOut(state);
    pass(82);
    expect(held().map(({ attributes }) => attributes['pg_otel.connection.held_count'])).toEqual([1, 5]);
  });

  it('is reported at once when the connections reported before have been returned', () => {
    const state = pool();
    pools.push(state);
    const first = checkOut(state);
    pass(20);
    checkOut(state);
    pass(11);
    state.released(first);
    pass(20);
    expect(held()).toHaveLength(2);
  });

  it('is not reported when it is returned right after the process was frozen', () => {
    const state = pool();
    pools.push(state);
    const checkout = checkOut(state);
    pass(0.05);
    block(40);
    pass(0.05);
    state.released(checkout);
    pass(1);
    expect(emitted).toEqual([]);
  });

  it('is not checked when its pool is gone', () => {
    const state = new PoolState('gone', target, () => undefined);
    pools.push(state);
    checkOut(state);
    pass(31);
    expect(emitted).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });
});

it('forgets operations that can no longer end', () => {
  let client: object | undefined = {};
  const reference = { deref: () => client } as WeakRef<object>;
  const prepared = new Statement('SELECT 1').on(target);
  new QueryOperation(observer, time, prepared, { pool: undefined, reference }, undefined).start();
  pass(6);
  expect(slow()).toHaveLength(2);
  client = undefined;
  pass(120);
  expect(slow()).toHaveLength(2);
  expect(jest.getTimerCount()).toBe(0);
});

it('emits no event for operations that could no longer end when they crossed a limit', () => {
  let client: object | undefined = {};
  const reference = { deref: () => client } as WeakRef<object>;
  const prepared = new Statement('SELECT 1').on(target);
  new QueryOperation(observer, time, prepared, { pool: undefined, reference }, undefined).start();
  pass(0.2);
  client = undefined;
  pass(120);
  expect(emitted).toEqual([]);
  expect(jest.getTimerCount()).toBe(0);
});

it('references no object of the caller after the first check of an operation', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const { setImmediate: turn } =
    jest.requireActual<typeof import('node:timers/promises')>('node:timers/promises');
  const kept = (() => {
    const values = [{ bound: 'value' }];
    const caller = ROOT_CONTEXT.setValue(Symbol('request'), values);
    jest.spyOn(context, 'active').mockReturnValueOnce(caller);
    const prepared = new Statement('SELECT $1').on(target);
    const client = { pool: undefined, reference: new WeakRef({}) };
    const operation = new QueryOperation(observer, time, prepared, client, values).start();
    expect(operation.context).toBe(caller);
    return [operation, caller, values].map((object) => new WeakRef(object));
  })();
  pass(0.2);
  jest.restoreAllMocks();
  for (let tries = 0; tries < 10; tries += 1) {
    await turn();
    collect();
  }
  expect(kept.map((reference) => reference.deref())).toEqual([undefined, undefined, undefined]);
  expect(jest.getTimerCount()).toBe(1);
});
