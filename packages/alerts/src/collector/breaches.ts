import { LABEL_SOURCES, SERVICE } from '../rules/labels';
import { UPDATES } from '../rules/watch';
import { annotationAttribute, labelAttribute, RULE, SEVERITY } from './alerts';
import { type Parts, pipeline } from './config';
import { allOf, datapoint, is, log, resource, set, text } from './ottl';

export const BREACHES = 'signal_to_metrics/breaches';

const CROSSINGS = log(annotationAttribute('crossings'));
const COUNT = log(annotationAttribute('count'));
/** The number of breaches in one event: crossings of the limit since the last event, failures that one event combines, or 1. */
const COUNTS_AS_BREACH = UPDATES.map((name) => is('log.event_name', name, '!='));
const COUNTED = [
  { value: `Int(${CROSSINGS})`, condition: `${CROSSINGS} != nil` },
  { value: `Int(${COUNT})`, condition: `${COUNT} != nil` },
  { value: '1', condition: `${CROSSINGS} == nil and ${COUNT} == nil` },
];

const SERVICE_KEYS = SERVICE.map((label) => ({ key: labelAttribute(label), optional: true }));
const KEYS = [{ key: RULE }, { key: SEVERITY }, ...SERVICE_KEYS];
const COLLECTOR = resource('signal_to_metrics.service.instance.id');
const copy = (from: string, to: string) => set(to, from, [`${from} != nil`]);

/** The attributes of `pg_otel.threshold.diagnoses`, in addition to those of breaches, and what they become. */
const DIAGNOSIS = {
  [labelAttribute('db_namespace')]: 'db.namespace',
  [labelAttribute('db_query_summary')]: 'db.query.summary',
  [annotationAttribute('diagnosis')]: 'pg_otel.diagnosis',
  [annotationAttribute('kind')]: 'pg_otel.diagnosis.kind',
};

/**
 * `pg_otel.threshold.breaches` counts operations that exceeded a limit, by rule, severity and service, before any queue;
 * `pg_otel.threshold.diagnoses` the answers about them, also by database, statement and kind of the reason.
 */
export const breaches = (exporter: string): Parts => ({
  [`connectors ${BREACHES}`]: {
    '#': 'At-least-once counts: if a queue is full, senders send the events again, and they are counted again.',
    logs: [
      ...COUNTED.map(({ value, condition }) => ({
        name: 'pg_otel.threshold.breaches',
        description: 'Operations that exceeded a threshold of a rule',
        unit: '{breach}',
        conditions: [allOf([condition, ...COUNTS_AS_BREACH])],
        attributes: KEYS,
        sum: { value, monotonic: true },
      })),
      ...UPDATES.map((name) => ({
        name: 'pg_otel.threshold.diagnoses',
        description: 'Answers of the server about operations that exceeded a threshold of a rule',
        unit: '{diagnosis}',
        conditions: [is('log.event_name', name)],
        attributes: [...KEYS, ...Object.keys(DIAGNOSIS).map((key) => ({ key, optional: true }))],
        sum: { value: '1', monotonic: true },
      })),
    ],
  },
  'processors transform/breaches': {
    '#': 'Collectors count separately, so each has its own service.instance.id.',
    error_mode: 'ignore',
    metric_statements: [
      {
        context: 'datapoint',
        statements: [
          copy(datapoint(SEVERITY), datapoint('pg_otel.alert.severity')),
          ...SERVICE.map((label) =>
            copy(datapoint(labelAttribute(label)), datapoint(LABEL_SOURCES[label].attribute)),
          ),
          ...Object.entries(DIAGNOSIS).map(([from, to]) => copy(datapoint(from), datapoint(to))),
          `delete_matching_keys(datapoint.attributes, ${text('^pg_otel\\.alert\\.(label|annotation)\\.')})`,
        ],
      },
      { context: 'resource', statements: [copy(COLLECTOR, resource('service.instance.id'))] },
    ],
  },
  'processors delta_to_cumulative': {
    '#': 'Long, because increase() misses the first breach of a counter that restarts.',
    max_stale: '24h',
  },
  'pipelines metrics/breaches': pipeline(
    [BREACHES],
    ['transform/breaches', 'delta_to_cumulative'],
    [exporter],
  ),
});
