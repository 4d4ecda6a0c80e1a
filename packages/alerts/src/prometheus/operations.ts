import { FAILURE_PATTERNS } from '../rules/failures';
import { type Histogram, histogramsOf } from '../rules/histograms';
import { DATABASE } from '../rules/labels';
import type { FailedLevel, FailedRule, SlowLevel, SlowRule } from '../rules/rule';
import { histogramMetric, INSTANCE } from './metrics';
import { bucketMatcher, groupedBy, inName, quoted } from './promql';
import type { Condition, Recording } from './recording';
import { grownIn, watching } from './since';

/**
 * How far back the backstops of what log events tell look, in seconds: they end before the event's alert does, three
 * minutes after it was told last, so that Alertmanager can keep them quiet all the time.
 */
const LOOK_BACK_SECONDS = 60;

/** What is known of each operation of a histogram. */
function subjectOf({ hasPool, hasSummary }: Histogram): {
  readonly level: string;
  readonly labels: string[];
} {
  return {
    level: hasPool ? 'pool' : hasSummary ? 'statement' : 'database',
    labels: [...DATABASE, ...(hasPool ? ['pool'] : []), ...(hasSummary ? ['db_query_summary'] : [])],
  };
}

/** The histograms that can keep a rule's variants: one that names no pool cannot keep those of a pool. */
export function countingSlow(rule: SlowRule): readonly Histogram[] {
  const isForAPool = rule.variants.some(({ match }) => match.pool !== undefined);
  return histogramsOf(rule.operations).filter(({ hasPool }) => hasPool || !isForAPool);
}

export function slowRecordings(rule: SlowRule): Recording[] {
  const limits = rule.variants
    .flatMap(({ levels }) => levels)
    .filter(({ hasBackstop }) => hasBackstop)
    .map(({ overSeconds }) => overSeconds);
  return countingSlow(rule).flatMap((histogram) =>
    [...new Set(limits)].flatMap((limit) => overLimit(histogram, limit)),
  );
}

function overLimit(histogram: Histogram, limit: number): Recording[] {
  const metric = histogramMetric(histogram.name);
  const { level, labels } = subjectOf(histogram);
  const each = [...INSTANCE, ...labels];
  const counter = `instance_${level}:${metric}:over_${inName(limit)}`;
  // Both spellings of an edge are there for some minutes after an upgrade of Prometheus: they must not be added.
  const within = `max without (le) (${metric}_bucket{${bucketMatcher(limit)}})`;
  return [
    {
      record: counter,
      expr: `${groupedBy('sum', each, `${metric}_count`)}\n- ${groupedBy('sum', each, within)}`,
      comment: `Operations of each process that took longer than ${inName(limit)}, exactly: it is an edge of the buckets.`,
    },
    { record: `${counter}_known`, expr: `${counter} > 0` },
    watching(counter),
    {
      record: slowMetric(histogram, limit),
      expr: `sum by (${labels.join(', ')}) ${grownIn(LOOK_BACK_SECONDS, counter, `${counter}_known`)}`,
    },
  ];
}

function slowMetric(histogram: Histogram, limit: number): string {
  const { level } = subjectOf(histogram);
  return `${level}:${histogramMetric(histogram.name)}:over_${inName(limit)}_increase${inName(LOOK_BACK_SECONDS)}`;
}

/** One histogram counts queries and batches: of a batch the summary says so, and no statement begins like that. */
const BATCH_SUMMARY = 'BATCH';

export function slowConditions(rule: SlowRule, { overSeconds, hasBackstop }: SlowLevel): Condition[] {
  if (!hasBackstop) return [];
  return countingSlow(rule).map((histogram) => ({
    metric: slowMetric(histogram, overSeconds),
    matchers: kindMatchers(rule),
    comparison: '> 0',
  }));
}

function kindMatchers({ operations }: SlowRule): string[] {
  const batches = `"${BATCH_SUMMARY}( .*)?"`;
  if (!operations.includes('batch'))
    return operations.includes('query') ? [`db_query_summary!~${batches}`] : [];
  return operations.includes('query') ? [] : [`db_query_summary=~${batches}`];
}

export function failedRecordings(rule: FailedRule): Recording[] {
  return histogramsOf(rule.operations).flatMap((histogram) => {
    const labels = [...DATABASE, 'pool', 'failure'];
    const metric = histogramMetric(histogram.name);
    const counter = `instance_pool:${metric}:failed`;
    return [
      {
        record: counter,
        expr: byFailure(`${metric}_count{error_type!=""}`),
        comment: 'Failures of each process by what they mean (docs/reference/telemetry.md, Errors).',
      },
      watching(counter),
      {
        record: failedMetric(histogram, 'pool'),
        expr: `sum by (${labels.join(', ')}) ${grownIn(LOOK_BACK_SECONDS, counter)}`,
      },
      {
        record: failedMetric(histogram, 'database'),
        expr: `sum by (${BY_FAILURE}) (${failedMetric(histogram, 'pool')})`,
      },
      ...successRecordings(),
    ];
  });
}

const BY_DATABASE = DATABASE.join(', ');
const BY_FAILURE = `${BY_DATABASE}, failure`;
const SUCCESSES = 'instance_database:db_client:succeeded';
const ANSWERED = `database:db_client:succeeded_increase${inName(LOOK_BACK_SECONDS)}`;

/** Whether a database answers: a query or a connection setup succeeds. A request may be served without it. */
function successRecordings(): Recording[] {
  const counts = histogramsOf(['query', 'batch', 'connect']).map(
    ({ name }) => `${histogramMetric(name)}_count`,
  );
  return [
    {
      record: SUCCESSES,
      expr: groupedBy('sum', [...INSTANCE, ...DATABASE], `{__name__=~"${counts.join('|')}", error_type=""}`),
      comment: 'Queries and connection setups of each process without an error.',
    },
    watching(SUCCESSES),
    { record: ANSWERED, expr: `sum by (${BY_DATABASE}) ${grownIn(LOOK_BACK_SECONDS, SUCCESSES)}` },
  ];
}

/** `failure` is `other` unless a pattern says more; of several the first counts, so it is written last. */
function byFailure(counts: string): string {
  const each = [...INSTANCE, ...DATABASE, 'pool'];
  const named = [['other', '.*'] as const, ...Object.entries(FAILURE_PATTERNS).reverse()].reduce(
    (expression, [failure, pattern]) =>
      `label_replace(\n  ${expression},\n  "failure", "${failure}", "error_type", ${quoted(pattern)})`,
    groupedBy('sum', [...each, 'error_type'], counts),
  );
  return `sum by (${[...each, 'failure'].join(', ')}) (${named})`;
}

function failedMetric(histogram: Histogram, level: 'pool' | 'database'): string {
  return `${level}:${histogramMetric(histogram.name)}:failed_increase${inName(LOOK_BACK_SECONDS)}`;
}

/** Several of a failure within a minute, or any where nothing succeeds: one among many that succeed wakes nobody. */
export function failedConditions(rule: FailedRule, { failures, atLeast }: FailedLevel): Condition[] {
  return histogramsOf(rule.operations).flatMap((histogram) =>
    [
      `and on (${BY_FAILURE}) ${failedMetric(histogram, 'database')} >= ${atLeast}`,
      `unless on (${BY_DATABASE}) ${ANSWERED} > 0`,
    ].map((where) => ({
      metric: failedMetric(histogram, 'pool'),
      matchers: [`failure=~"${failures.join('|')}"`],
      comparison: '> 0',
      where,
    })),
  );
}
