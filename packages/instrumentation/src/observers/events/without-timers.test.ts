import { configure } from '../../configuration';
import { QueryOperation } from '../../operation';
import { Statement } from '../../statement';
import { Target } from '../../target';
import type { Observer } from '../../telemetry';
import { Events } from './events';

/** As in fetch-only runtimes: operations start and end, and nothing runs in between. */
let time: number;
let emitted: [name: string, attributes: Record<string, unknown>][];
let events: Events;

const observer = {
  queryStarted: (operation) => events.started(operation),
  queryEnded: (operation) => events.ended(operation),
} as Observer;
const target = Target.of({ host: 'db.example.com', database: 'shop' });

beforeEach(() => {
  time = 0;
  emitted = [];
  jest.spyOn(performance, 'now').mockImplementation(() => time);
  const emit = (event: { eventName: string; attributes: Record<string, unknown> }) =>
    void emitted.push([event.eventName, event.attributes]);
  const providers = { logger: { emit } as never, isLogging: true };
  events = new Events(configure({}, {}), providers, {}, () => []);
});
afterEach(() => jest.restoreAllMocks());

function query(reference?: WeakRef<object>): QueryOperation {
  const prepared = new Statement('SELECT * FROM products').on(target);
  return new QueryOperation(observer, time, prepared, { pool: undefined, reference }, undefined).start();
}
const pass = (seconds: number): void => {
  time += seconds * 1000;
};
const named = (name: string) => emitted.filter(([of]) => of === name).map(([, attributes]) => attributes);
const slow = () => named('pg_otel.operation.slow');
const failures = () =>
  named('db.client.operation.exception').reduce(
    (sum, attributes) => sum + Number(attributes['pg_otel.operation.count'] ?? 1),
    0,
  );

it('reports each slow operation when it ends, the second of its kind as well', () => {
  for (const seconds of [2, 6]) {
    const operation = query();
    pass(seconds);
    expect(slow().length).toBe(seconds === 2 ? 0 : 1);
    operation.succeeded();
  }
  expect(
    slow().map((attributes) => [
      attributes['pg_otel.operation.limit'],
      attributes['pg_otel.operation.elapsed'],
      attributes['pg_otel.operation.running'],
    ]),
  ).toEqual([
    [1, 2, 0],
    [1, 6, 0],
    [5, 6, 0],
  ]);
  expect(named('pg_otel.operation.ended').length).toBe(2);
});

it('reports a slow operation at once, although another of its kind has just been reported', () => {
  const operations = [query(), query()];
  pass(2);
  // Triggers a check, so that the next one is not due for a while.
  query();
  for (const [index, operation] of operations.entries()) {
    pass(0.01);
    operation.succeeded();
    expect(slow().length).toBe(index + 1);
  }
});

it('emits failures beyond the budget with a later operation', () => {
  for (let count = 0; count < 50; count += 1) query().failed(new Error('down'));
  expect(failures()).toBe(20);
  pass(1);
  query().succeeded();
  expect(failures()).toBe(50);
  query().failed(new Error('down'));
  expect(failures()).toBe(51);
});

it('emits slow operations beyond the budget with a later operation', () => {
  const operations = Array.from({ length: 50 }, () => query());
  pass(2);
  for (const operation of operations) operation.succeeded();
  pass(1);
  query().succeeded();
  const crossings = slow().reduce((sum, { 'pg_otel.operation.crossings': one }) => sum + Number(one), 0);
  expect(crossings).toBe(50);
});

it('keeps no reference to an operation that never ends, and does not report it', () => {
  query();
  pass(600);
  query().succeeded();
  pass(1);
  query().succeeded();
  expect(emitted).toEqual([]);
});
