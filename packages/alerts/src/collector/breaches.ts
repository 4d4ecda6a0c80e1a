import { LABEL_SOURCES, SERVICE } from '../rules/labels';
import { annotationAttribute, labelAttribute, RULE, SEVERITY } from './alerts';
import { type CollectorPart, pipeline } from './config';
import { datapoint, log, resource, set, text } from './ottl';

export const BREACHES = 'signal_to_metrics/breaches';

const CROSSINGS = log(annotationAttribute('crossings'));
const COUNT = log(annotationAttribute('count'));
/** The number of breaches in one event: crossings of the limit since the last event, failures that one event combines, or 1. */
const COUNTED: readonly (readonly [value: string, condition: string])[] = [
  [`Int(${CROSSINGS})`, `${CROSSINGS} != nil`],
  [`Int(${COUNT})`, `${COUNT} != nil`],
  ['1', `${CROSSINGS} == nil and ${COUNT} == nil`],
];

const OF_SERVICE = SERVICE.map((label) => [labelAttribute(label), LABEL_SOURCES[label].attribute] as const);
const COLLECTOR = resource('signal_to_metrics.service.instance.id');
const copy = (from: string, to: string) => set(to, from, [`${from} != nil`]);

/** `pg_otel.threshold.breaches` counts operations that exceeded a limit, by rule, severity and service, before any queue. */
export const breaches = (exporter: string): CollectorPart => ({
  connectors: {
    [BREACHES]: {
      '#': 'At-least-once counts: if a queue is full, senders send the events again, and they are counted again.',
      logs: COUNTED.map(([value, condition]) => ({
        name: 'pg_otel.threshold.breaches',
        description: 'Operations that exceeded a threshold of a rule',
        unit: '{breach}',
        conditions: [condition],
        attributes: [
          { key: RULE },
          { key: SEVERITY },
          ...OF_SERVICE.map(([key]) => ({ key, optional: true })),
        ],
        sum: { value, monotonic: true },
      })),
    },
  },
  processors: {
    'transform/breaches': {
      '#': 'Collectors count separately, so each has its own service.instance.id.',
      error_mode: 'ignore',
      metric_statements: [
        {
          context: 'datapoint',
          statements: [
            ...[[SEVERITY, 'pg_otel.alert.severity'] as const, ...OF_SERVICE].map(([from, to]) =>
              copy(datapoint(from), datapoint(to)),
            ),
            `delete_matching_keys(datapoint.attributes, ${text('^pg_otel\\.alert\\.label\\.')})`,
          ],
        },
        { context: 'resource', statements: [copy(COLLECTOR, resource('service.instance.id'))] },
      ],
    },
    delta_to_cumulative: {
      '#': 'Long, because increase() misses the first breach of a counter that restarts.',
      max_stale: '24h',
    },
  },
  pipelines: {
    'metrics/breaches': pipeline([BREACHES], ['transform/breaches', 'delta_to_cumulative'], [exporter]),
  },
});
