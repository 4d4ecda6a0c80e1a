import assert from 'node:assert/strict';

/** A multiple of the lanes of the pool. */
const QUERIES = 8;
const DURATION = 'db.client.operation.duration';
/** Our instrumentation asks whether this event is enabled; if not, it keeps no list of running operations. */
const SLOW_EVENT = '@pg-otel/instrumentation pg_otel.operation.slow';

/**
 * Runs some queries, and throws unless a contestant's telemetry of them has arrived once, by the expected way. A
 * contestant that records nothing would be cheap.
 */
export async function prove({ variant, mode, build }, { reader, producers, spans, records }, run, insights) {
  const endedBefore = spans.ended;
  await run(QUERIES);
  const once = variant === 'bare' ? [] : [QUERIES];
  assert.deepEqual(await durations(reader), once, `values of ${DURATION} at the reader`);
  for (const producer of producers) {
    assert.deepEqual(await durations(producer), once, `values of ${DURATION} from a producer`);
  }

  const ended = spans.ended - endedBefore;
  const isTraced = variant !== 'bare' && mode === 'sampled';
  // A pool adds spans.
  assert(isTraced ? ended >= QUERIES : ended === 0, `${ended} spans of ${QUERIES} queries`);

  const isOurs = ['ours', 'instruments', 'insights'].includes(variant);
  if (!isOurs || build !== undefined) return;
  assert.equal(producers.length, variant === 'instruments' ? 0 : 1, 'metric producers');
  if (variant === 'insights') assert.equal(insights.getPerformanceMetrics().total, QUERIES);
  assert(
    records.askedAbout.has(SLOW_EVENT),
    'the logger of the instrumentation is not the one that is set up',
  );
}

/** Of each such metric that is collected, the number of values. */
async function durations(source) {
  const { resourceMetrics, errors } = await source.collect();
  assert.deepEqual(errors, []);
  return resourceMetrics.scopeMetrics
    .flatMap(({ metrics }) => metrics)
    .filter(({ descriptor }) => descriptor.name === DURATION)
    .map(({ dataPoints }) => dataPoints.reduce((sum, { value }) => sum + value.count, 0));
}
