import { configure, type PostgresInstrumentationConfig } from '../../configuration';
import type { Diagnosis } from '../../diagnosis/contracts';
import { timers } from '../../node/timers';
import { ConnectOperation, QueryOperation } from '../../operation';
import type { Question } from '../../platform';
import { Statement } from '../../statement';
import { Target } from '../../target';
import type { Observer } from '../../telemetry';
import { Events } from './events';

const target = Target.of({ host: 'db.example.com', database: 'shop' });
const FOUND: Diagnosis = { findings: [{ kind: 'wait', certainty: 'proven', sentence: 'sleeps' }] };

let time: number;
let isLogging: boolean;
let emitted: { name: unknown; at: number; reason: unknown; elapsed: unknown }[];
let asked: { question: Question; at: number }[];
let events: Events;

const observer = {
  queryStarted: (operation) => events.started(operation),
  queryEnded: (operation) => events.ended(operation),
  connectStarted: (operation) => events.started(operation),
  connectEnded: (operation) => events.ended(operation),
} as Observer;

function observe(options: PostgresInstrumentationConfig = {}): void {
  const providers = {
    logger: {
      emit({ eventName, attributes }: { eventName: string; attributes: Record<string, unknown> }) {
        const reason = attributes['pg_otel.diagnosis.reason'];
        const elapsed = attributes['pg_otel.operation.elapsed'];
        emitted.push({ name: eventName, at: time, reason, elapsed });
      },
    } as never,
    get isLogging() {
      return isLogging;
    },
  };
  const diagnoser = () => ({ ask: (question: Question) => void asked.push({ question, at: time }) });
  events = new Events(configure(options, {}), providers, { timers, diagnoser }, () => []);
}

beforeEach(() => {
  jest.useFakeTimers();
  time = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => time);
  isLogging = true;
  emitted = [];
  asked = [];
  observe();
});
afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
});

function pass(seconds: number): void {
  for (let step = 0; step < Math.round(seconds * 100); step += 1) {
    time += 10;
    jest.advanceTimersByTime(10);
  }
}

const client = () => ({ pool: undefined, reference: new WeakRef({}), client: new WeakRef({}) });

function query(text = 'SELECT * FROM products', isQueued = false): QueryOperation {
  const operation = new QueryOperation(observer, time, new Statement(text).on(target), client(), undefined);
  operation.isQueued = isQueued;
  return operation.start();
}

const diagnosed = () => emitted.filter(({ name }) => name === 'pg_otel.operation.diagnosed');
const slow = () => emitted.filter(({ name }) => name === 'pg_otel.operation.slow');
const seconds = () => asked.map(({ at }) => Math.floor(at / 1000));

it('asks when a query crosses a limit, after its event, and before each repeated event', () => {
  observe({ slowAfter: [1, 5] });
  query();
  pass(1.5);
  expect(slow()).toHaveLength(1);
  expect(seconds()).toEqual([1]);
  pass(125);
  // The events of the limits are repeated at 61 and 65 s, and at 121 and 125 s.
  expect(seconds()).toEqual([1, 5, 56, 60, 116, 120]);
});

it('shows a new answer in the repeated event, and no outdated one', () => {
  observe({ slowAfter: [1] });
  query();
  pass(1.5);
  asked.shift()?.question.report(FOUND);
  expect(diagnosed()).toEqual([expect.objectContaining({ reason: 'sleeps' })]);
  pass(60);
  expect(slow().map(({ reason }) => reason)).toEqual([undefined, undefined]);
  pass(56);
  asked.at(-1)?.question.report(FOUND);
  pass(4);
  expect(slow().map(({ reason }) => reason)).toEqual([undefined, undefined, 'sleeps']);
});

it('drops an answer about a query that has ended', () => {
  const operation = query();
  pass(1.5);
  operation.succeeded();
  asked[0]?.question.report(FOUND);
  expect(diagnosed()).toEqual([]);
});

it('emits one event for queries of a kind, about the oldest that still runs', () => {
  const oldest = query();
  pass(0.1);
  query();
  pass(1.5);
  expect(asked.map(({ question }) => question.isOldest)).toEqual([true, false]);
  const [first, second] = asked.map(({ question }) => question);
  first?.report(FOUND);
  second?.report(FOUND);
  expect(diagnosed()).toHaveLength(1);
  oldest.succeeded();
  second?.report(FOUND);
  expect(diagnosed()).toHaveLength(2);
});

it('asks about at most ten of a thousand queries of a kind that cross a limit together', () => {
  for (let count = 0; count < 1000; count += 1) query();
  pass(1.5);
  expect(asked).toHaveLength(10);
});

it('does not ask about a query in the client’s queue, a connection, or when nothing shows the answer', () => {
  query('SELECT * FROM products', true);
  new ConnectOperation(observer, time, target, { pool: undefined, request: undefined }).start();
  query('SELECT * FROM orders');
  pass(0.5);
  isLogging = false;
  pass(1);
  expect(asked).toEqual([]);
});

it('emits at most twenty events per second', () => {
  for (let count = 0; count < 30; count += 1) query(`SELECT * FROM table_${count}`);
  pass(3.5);
  for (const { question } of asked) question.report(FOUND);
  expect(asked).toHaveLength(30);
  expect(diagnosed()).toHaveLength(20);
});

it('continues when the diagnosis fails', () => {
  events = new Events(
    configure({}, {}),
    {
      logger: {
        emit: ({ eventName }: { eventName: string }) =>
          emitted.push({ name: eventName, at: time, reason: undefined, elapsed: undefined }),
      } as never,
      isLogging: true,
    },
    {
      timers,
      diagnoser() {
        throw new Error('not available in this bundle');
      },
    },
    () => [],
  );
  query();
  pass(1.5);
  query('SELECT * FROM orders');
  pass(1.5);
  expect(slow()).toHaveLength(2);
});
