import { fuzz } from '@pg-otel/testkit';
import * as fc from 'fast-check';
import type { LevelOf, Rule, Thresholds } from '../rules/rule';
import { createEvaluator, type Evaluator, type EvaluatorOptions } from './evaluator';
import type { ObservedEvent } from './event';

const START = 1_700_000_000_000;
const base = {
  keepFiringSeconds: 0,
  labels: {},
  runbookUrl: undefined,
  dashboardUrl: undefined,
  receiver: undefined,
};
const thresholdsOf = (...rules: Rule[]): Thresholds => ({
  rules,
  receivers: {},
  notify: { info: '', warning: '', critical: '' },
});
const slow: Rule = {
  watch: 'slow-operation',
  name: 'Slow',
  operations: ['query'],
  variants: [
    {
      match: {},
      levels: [
        { ...base, severity: 'warning', forSeconds: 0, overSeconds: 1, hasBackstop: true },
        { ...base, severity: 'critical', forSeconds: 0, overSeconds: 5, hasBackstop: true },
      ],
    },
  ],
};
const share: Rule = {
  watch: 'share-within',
  name: 'Share',
  operations: ['query'],
  variants: [
    {
      match: {},
      levels: [
        {
          ...base,
          severity: 'info',
          forSeconds: 0,
          withinSeconds: 0.05,
          share: 1,
          windowSeconds: 60,
          atLeast: 0,
        },
      ],
    },
  ],
};
const pool = (level: Partial<LevelOf<'pool-utilization'>>): Rule => ({
  watch: 'pool-utilization',
  name: 'Pool',
  variants: [{ match: {}, levels: [{ ...base, severity: 'critical', forSeconds: 0, over: 0.5, ...level }] }],
});

const collection = (metric: string, value: unknown, attributes: Record<string, unknown>) => ({
  resource: { attributes: {} },
  scopeMetrics: [{ metrics: [{ descriptor: { name: metric }, dataPoints: [{ attributes, value }] }] }],
});
const histogram = (within: number, over: number) =>
  collection(
    'db.client.operation.duration',
    { count: within + over, buckets: { boundaries: [0.05], counts: [within, over] } },
    {},
  );
const firing = (evaluator: Evaluator, seconds: number) =>
  evaluator.alerts(START + seconds * 1000).filter(({ state }) => state === 'firing');

interface Slow {
  readonly seconds: number;
  readonly limit: number;
  readonly elapsed: number;
  readonly summary: string;
  readonly trace: string | undefined;
}
const events: fc.Arbitrary<Slow[]> = fc.array(
  fc.record({
    seconds: fc.nat(600),
    limit: fc.constantFrom(1, 2, 5),
    elapsed: fc.nat(9),
    summary: fc.constantFrom('SELECT a', 'SELECT b', ''),
    trace: fc.constantFrom('a', 'b', undefined),
  }),
  { maxLength: 40 },
);
const eventOf = ({ seconds, limit, elapsed, summary, trace }: Slow): ObservedEvent => ({
  name: 'pg_otel.operation.slow',
  timestamp: START + seconds * 1000,
  resource: {},
  attributes: {
    'pg_otel.operation.kind': 'query',
    'pg_otel.operation.limit': limit,
    'pg_otel.operation.elapsed': elapsed,
    'db.query.summary': summary,
  },
  traceId: trace,
});

/** A gauge that is collected at intervals, and when it fires. */
const course = fc.array(
  fc.tuple(fc.integer({ min: 1, max: 50 }), fc.double({ min: 0, max: 1, noNaN: true })),
  {
    maxLength: 30,
  },
);
function courseOf(rule: Rule, steps: readonly (readonly [number, number])[]) {
  const evaluator = createEvaluator(thresholdsOf(rule));
  let seconds = 0;
  return steps.map(([after, value]) => {
    seconds += after;
    evaluator.collect(collection('pg_otel.connection.utilization', value, {}), START + seconds * 1000);
    return { value, seconds, fires: firing(evaluator, seconds).length > 0 };
  });
}

it('an alert fires only if every value during `for` was above the level', () => {
  fc.assert(
    fc.property(course, fc.constantFrom(0, 20, 60), (steps, forSeconds) => {
      let since: number | undefined;
      for (const { value, seconds, fires } of courseOf(pool({ forSeconds }), steps)) {
        since = value > 0.5 ? (since ?? seconds) : undefined;
        expect(fires).toBe(since !== undefined && seconds - since >= forSeconds);
      }
    }),
    fuzz(100),
  );
});

it('values that fire an alert also fire it with a lower level and with a shorter `for`', () => {
  fc.assert(
    fc.property(course, fc.double({ min: 0, max: 0.5, noNaN: true }), fc.nat(60), (steps, lower, shorter) => {
      const strict = courseOf(pool({ over: 0.5, forSeconds: 60 }), steps);
      const lax = courseOf(pool({ over: lower, forSeconds: shorter }), steps);
      for (const [index, { fires }] of strict.entries()) if (fires) expect(lax[index]?.fires).toBe(true);
    }),
    fuzz(100),
  );
});

it('an alert with `keepFiring` fires whenever it would fire without it', () => {
  fc.assert(
    fc.property(course, fc.nat(120), (steps, keepFiringSeconds) => {
      const strict = courseOf(pool({}), steps);
      const kept = courseOf(pool({ keepFiringSeconds }), steps);
      for (const [index, { fires }] of strict.entries()) if (fires) expect(kept[index]?.fires).toBe(true);
    }),
    fuzz(100),
  );
});

it('the order of events with the same time does not matter', () => {
  fc.assert(
    fc.property(events, fc.infiniteStream(fc.nat()), (given, random) => {
      const now = given.map((one) => ({ ...one, seconds: 0 }));
      const shuffled = now
        .map((one) => [random.next().value as number, one] as const)
        .sort(([one], [other]) => one - other)
        .map(([, one]) => one);
      const [first, second] = [now, shuffled].map((list) => {
        const evaluator = createEvaluator(thresholdsOf(slow));
        for (const one of list) evaluator.event(eventOf(one));
        const key = (labels: object) => JSON.stringify(labels);
        return [...evaluator.alerts(START)].sort((a, b) => (key(a.labels) < key(b.labels) ? -1 : 1));
      });
      expect(first).toEqual(second);
    }),
    fuzz(100),
  );
});

it('alerts fire only for events of the last three minutes', () => {
  fc.assert(
    fc.property(events, fc.nat(900), (given, later) => {
      const evaluator = createEvaluator(thresholdsOf(slow));
      const ordered = [...given].sort((one, other) => one.seconds - other.seconds);
      for (const one of ordered) evaluator.event(eventOf(one));
      const fires = firing(evaluator, later).map(
        ({ labels }) => `${labels['severity']} ${labels['db_query_summary'] ?? ''}`,
      );
      const expected = ordered
        .filter(({ limit, seconds }) => limit !== 2 && later < seconds + 180)
        .map(({ limit, summary }) => `${limit === 1 ? 'warning' : 'critical'} ${summary}`);
      expect(new Set(fires)).toEqual(new Set(expected));
    }),
    fuzz(100),
  );
});

it('every end of an alert follows its start', () => {
  fc.assert(
    fc.property(events, course, (given, steps) => {
      const evaluator = createEvaluator(thresholdsOf(slow, pool({})), { maxChanges: 10_000 });
      for (const one of [...given].sort((a, b) => a.seconds - b.seconds)) evaluator.event(eventOf(one));
      let seconds = 0;
      for (const [after, value] of steps) {
        seconds += after;
        evaluator.collect(collection('pg_otel.connection.utilization', value, {}), START + seconds * 1000);
      }
      const open = new Set<string>();
      const known: string[] = [];
      for (const { change, alert } of evaluator.changes(START + 5_000_000)) {
        const key = JSON.stringify(alert.labels);
        known.push(`${change} ${key} ${open.has(key)}`);
        if (change === 'started') open.add(key);
        else open.delete(key);
      }
      expect(known.filter((one) => /^started .*true$|^ended .*false$/.test(one))).toEqual([]);
      expect(open.size).toBe(0);
    }),
    fuzz(100),
  );
});

it('a share is from 0 to 1 for any sequence of counts', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(100), fc.nat(100), fc.nat(60)), { maxLength: 30 }), (readings) => {
      const evaluator = createEvaluator(thresholdsOf(share));
      let seconds = 0;
      for (const [within, over, after] of readings) {
        seconds += after;
        evaluator.collect(histogram(within, over), START + seconds * 1000);
        for (const { annotations } of firing(evaluator, seconds)) {
          const percent = Number.parseFloat(annotations['value'] ?? '');
          expect(percent).toBeGreaterThanOrEqual(0);
          expect(percent).toBeLessThan(100);
        }
      }
    }),
    fuzz(100),
  );
});

it('never keeps more than its limits', () => {
  const anything = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.constantFrom(
      undefined,
      null,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      {},
      { count: 1 },
      { count: 1, buckets: {} },
    ),
  );
  const options: EvaluatorOptions = { maxAlerts: 3, maxSeries: 4, maxChanges: 5 };
  const metrics = ['pg_otel.connection.utilization', 'db.client.operation.duration'] as const;
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(50), fc.nat(2), anything), { maxLength: 60 }), (things) => {
      const evaluator = createEvaluator(thresholdsOf(slow, share, pool({})), options);
      for (const [name, kind, value] of things) {
        const attributes = { 'db.namespace': `db${name}` };
        if (kind === 2) {
          const event = eventOf({ seconds: 0, limit: 1, elapsed: 0, summary: 'SELECT a', trace: undefined });
          evaluator.event({
            ...event,
            attributes: { ...event.attributes, ...attributes, 'db.query.summary': value },
          });
        } else {
          evaluator.collect(collection(metrics[kind] as string, kind === 0 ? 0.9 : value, attributes), START);
        }
      }
      const rulesAndSeverities = new Map<string, number>();
      for (const { labels } of evaluator.alerts(START)) {
        const key = `${labels['alertname']} ${labels['severity']}`;
        rulesAndSeverities.set(key, (rulesAndSeverities.get(key) ?? 0) + 1);
      }
      for (const count of rulesAndSeverities.values()) expect(count).toBeLessThanOrEqual(3);
      expect(evaluator.changes(START).length).toBeLessThanOrEqual(5);
    }),
    fuzz(100),
  );
});

it('counts dropped alerts, points and changes', () => {
  const evaluator = createEvaluator(thresholdsOf(slow, pool({})), {
    maxAlerts: 2,
    maxSeries: 3,
    maxChanges: 1,
  });
  for (let index = 0; index < 5; index++) {
    const event = eventOf({
      seconds: index,
      limit: 1,
      elapsed: 0,
      summary: `SELECT ${index}`,
      trace: undefined,
    });
    evaluator.event(event);
    const attributes = { 'db.namespace': `db${index}` };
    evaluator.collect(collection('pg_otel.connection.utilization', 0.9, attributes), START + index);
  }
  evaluator.changes(START + 5);
  // Three events; the third pool at three collections and when changes were asked for.
  expect(evaluator.dropped()).toEqual({ alerts: 3 + 4, points: 2, changes: 3 });
});

it('accepts new alerts when the oldest one has ended', () => {
  const evaluator = createEvaluator(thresholdsOf(slow), { maxAlerts: 2 });
  const report = (seconds: number, summary: string) =>
    evaluator.event(eventOf({ seconds, limit: 1, elapsed: 0, summary, trace: undefined }));
  for (const [seconds, summary] of [
    [0, 'a'],
    [100, 'b'],
    [179, 'c'],
    [180, 'd'],
  ] as const)
    report(seconds, summary);
  expect(evaluator.alerts(START + 180_000).map(({ labels }) => labels['db_query_summary'])).toEqual([
    'b',
    'd',
  ]);
  expect(evaluator.dropped().alerts).toBe(1);
});
