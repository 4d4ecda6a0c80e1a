import { parseThresholds } from '../thresholds/parse';
import { createEvaluator } from './evaluator';
import type { CollectedPoint } from './metrics';

const START = 1_700_000_000_000;
const at = (seconds: number) => START + seconds * 1000;
const EDGES = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

interface Reading {
  readonly fast: number;
  readonly slow: number;
  readonly summary?: string;
  readonly startSeconds?: number;
}

/** Took 20 ms, or 200 ms. */
function point({ fast, slow, summary = 'SELECT orders', startSeconds }: Reading): CollectedPoint {
  const counts = [0, 0, 0, fast, 0, slow, 0, 0, 0, 0];
  return {
    attributes: { 'db.namespace': 'orders', 'server.address': 'db.example', 'db.query.summary': summary },
    value: { count: fast + slow, sum: 0, buckets: { boundaries: EDGES, counts } },
    ...(startSeconds === undefined ? {} : { startTime: [at(startSeconds) / 1000, 0] as const }),
  };
}

function watching({ atLeast = 20, lasting = '' } = {}) {
  const evaluator = createEvaluator(
    parseThresholds(`receivers: {pager: {}}
notify: {info: pager, warning: pager, critical: pager}
rules:
  Target:
    watch: share-within
    operations: [query, batch]
    levels: [{severity: warning, within: 50ms, share: 95%, window: 1m, atLeast: ${atLeast}${lasting}}]`),
  );
  return {
    read(seconds: number, readings: readonly Reading[], instance = 'one') {
      evaluator.collect(
        {
          resource: { attributes: { 'service.name': 'shop', 'service.instance.id': instance } },
          scopeMetrics: [
            {
              metrics: [
                { descriptor: { name: 'db.client.operation.duration' }, dataPoints: readings.map(point) },
              ],
            },
          ],
        },
        at(seconds),
      );
      return evaluator
        .alerts(at(seconds))
        .map(({ state, annotations }) => `${state} ${annotations['value']}`);
    },
    peaks: (seconds: number) => evaluator.alerts(at(seconds)).map(({ value, peak }) => ({ value, peak })),
    at: (seconds: number) => evaluator.alerts(at(seconds)).map(({ state }) => state),
  };
}

it('the smallest share is the peak of an alert', () => {
  const share = watching();
  share.read(0, [{ fast: 0, slow: 0 }]);
  share.read(10, [{ fast: 50, slow: 50 }]);
  share.read(20, [{ fast: 150, slow: 50 }]);
  expect(share.peaks(20)).toEqual([{ value: 0.75, peak: 0.5 }]);
});

it.each([
  { what: 'exactly the target share', fast: 95, slow: 5, expected: [] },
  { what: 'less than the target share', fast: 94, slow: 6, expected: ['firing 94% within 50ms'] },
  { what: 'fewer than the minimum number', fast: 0, slow: 19, expected: [] },
  { what: 'exactly the minimum number', fast: 0, slow: 20, expected: ['firing 0% within 50ms'] },
])('operations in the window: $what', ({ fast, slow, expected }) => {
  const share = watching();
  share.read(0, [{ fast: 1000, slow: 1000 }]);
  expect(share.read(10, [{ fast: 1000 + fast, slow: 1000 + slow }])).toEqual(expected);
});

it('ignores operations before the window', () => {
  const share = watching();
  share.read(0, [{ fast: 0, slow: 0 }]);
  share.read(10, [{ fast: 0, slow: 20 }]);
  expect(share.at(69.999)).toEqual(['firing']);
  expect(share.at(70)).toEqual([]);
});

it('adds up all statements of all processes of a database', () => {
  const share = watching();
  share.read(0, [{ fast: 0, slow: 0 }]);
  share.read(0, [{ fast: 0, slow: 0 }], 'two');
  share.read(10, [{ fast: 0, slow: 10 }]);
  expect(share.read(10, [{ fast: 0, slow: 10, summary: 'SELECT carts' }], 'two')).toEqual([
    'firing 0% within 50ms',
  ]);
});

it('counts all operations of a new series of a known process', () => {
  const share = watching();
  share.read(0, [{ fast: 0, slow: 0, startSeconds: -500 }]);
  const born = { fast: 0, slow: 20, summary: 'SELECT carts', startSeconds: -500 };
  expect(share.read(10, [{ fast: 0, slow: 0, startSeconds: -500 }, born])).toEqual(['firing 0% within 50ms']);
});

it.each([
  { what: 'began within the window', startSeconds: -60, expected: ['firing 0% within 50ms'] },
  { what: 'began before the window', startSeconds: -61, expected: [] },
  { what: 'has no start time', startSeconds: undefined, expected: [] },
])('the first series of a process that $what', ({ startSeconds, expected }) => {
  const given = startSeconds === undefined ? {} : { startSeconds };
  expect(watching().read(0, [{ fast: 0, slow: 20, ...given }])).toEqual(expected);
});

it('counts all operations of a new process without a start time if the evaluator has run for the length of the window', () => {
  const share = watching();
  share.read(0, [{ fast: 0, slow: 0 }]);
  expect(share.read(60, [{ fast: 0, slow: 20 }], 'two')).toEqual(['firing 0% within 50ms']);
});

it.each([
  { what: 'fewer than before', reading: { fast: 0, slow: 20 } },
  { what: 'more than before, with a later start', reading: { fast: 100, slow: 100, startSeconds: 5 } },
])('counts all operations after a counter reset: $what', ({ reading }) => {
  const share = watching();
  share.read(0, [{ fast: 0, slow: 0 }]);
  share.read(1, [{ fast: 100, slow: 0 }]);
  share.read(2, [{ fast: 100, slow: 0 }]);
  // 100 of 120, or 200 of 300; the difference alone would be a negative number, or 100 of 200.
  expect(share.read(10, [reading])).toEqual([
    reading.slow === 20 ? 'firing 83.33% within 50ms' : 'firing 66.67% within 50ms',
  ]);
});

it('fires only after `for`', () => {
  const share = watching({ lasting: ', for: 20s' });
  share.read(0, [{ fast: 0, slow: 0 }]);
  expect(share.read(10, [{ fast: 0, slow: 20 }])).toEqual(['pending 0% within 50ms']);
  expect(share.read(30, [{ fast: 0, slow: 40 }])).toEqual(['firing 0% within 50ms']);
});

it('ignores histograms with other bucket edges', () => {
  const share = watching({ atLeast: 0 });
  share.read(0, [{ fast: 0, slow: 0 }]);
  expect(share.read(10, [{ fast: 0, slow: 0 }])).toEqual([]);
});
