import { LABEL_SOURCES, SERVICE } from '../rules/labels';
import { annotationAttribute, labelAttribute, RULE, SEVERITY } from './alert-attributes';
import { type CollectorPart, Explained } from './config';
import { datapoint, log, resource, set, text } from './ottl';

export const BREACHES = 'signal_to_metrics/breaches';

const CROSSINGS = log(annotationAttribute('crossings'));
const COUNT = log(annotationAttribute('count'));
/** How much an alert counts for: crossings of the limit since the last event, failures reported in one event, or one. */
const COUNTED: readonly (readonly [value: string, condition: string])[] = [
  [`Int(${CROSSINGS})`, `${CROSSINGS} != nil`],
  [`Int(${COUNT})`, `${COUNT} != nil`],
  ['1', `${CROSSINGS} == nil and ${COUNT} == nil`],
];
const RENAMED = [
  [SEVERITY, 'pg_otel.alert.severity'],
  ...SERVICE.map((label) => [labelAttribute(label), LABEL_SOURCES[label].attribute] as const),
] as const;

/** `pg_otel.threshold.breaches`: operations that exceeded a limit, by rule, severity and service. Counted before any queue. */
export function breaches(exporters: readonly string[]): CollectorPart {
  return {
    connectors: {
      [BREACHES]: new Explained(
        'Counts at least once: what a full queue refuses is sent again, and counted again.',
        {
          logs: COUNTED.map(([value, condition]) => ({
            name: 'pg_otel.threshold.breaches',
            description: 'Operations that have broken a rule',
            unit: '{breach}',
            conditions: [condition],
            attributes: [
              { key: RULE },
              { key: SEVERITY },
              ...RENAMED.slice(1).map(([key]) => ({ key, optional: true })),
            ],
            sum: { value, monotonic: true },
          })),
        },
      ),
    },
    processors: {
      'transform/breaches': new Explained('Two collectors count separately: each has its own instance.', {
        error_mode: 'ignore',
        metric_statements: [
          {
            context: 'datapoint',
            statements: [
              ...RENAMED.map(([from, to]) =>
                set(datapoint(to), datapoint(from), [`${datapoint(from)} != nil`]),
              ),
              `delete_matching_keys(datapoint.attributes, ${text('^pg_otel\\.alert\\.label\\.')})`,
            ],
          },
          {
            context: 'resource',
            statements: [
              set(resource('service.instance.id'), resource('signal_to_metrics.service.instance.id'), [
                `${resource('signal_to_metrics.service.instance.id')} != nil`,
              ]),
            ],
          },
        ],
      }),
      delta_to_cumulative: new Explained(
        'Long: a counter that restarts hides its first breach from increase().',
        { max_stale: '24h' },
      ),
    },
    pipelines: {
      'metrics/breaches': {
        receivers: [BREACHES],
        processors: ['transform/breaches', 'delta_to_cumulative'],
        exporters,
      },
    },
  };
}
