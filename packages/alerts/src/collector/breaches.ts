import { LABEL_SOURCES, SERVICE } from '../rules/labels';
import { annotationAttribute, labelAttribute, RULE, SEVERITY } from './alert-attributes';
import { type CollectorPart, listed } from './config';
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

const RENAMING = [
  ...[[SEVERITY, 'pg_otel.alert.severity'] as const, ...OF_SERVICE].map(([from, to]) =>
    set(datapoint(to), datapoint(from), [`${datapoint(from)} != nil`]),
  ),
  `delete_matching_keys(datapoint.attributes, ${text('^pg_otel\\.alert\\.label\\.')})`,
];

const COLLECTOR = resource('signal_to_metrics.service.instance.id');

/** `pg_otel.threshold.breaches` counts operations that exceeded a limit, by rule, severity and service, before any queue. */
export const breaches = (exporter: string): CollectorPart => `
connectors:
  # At-least-once counts: if a queue is full, senders send the events again, and they are counted again.
  ${BREACHES}:
    logs:${COUNTED.map(counter).join('')}
processors:
  # Collectors count separately, so each has its own service.instance.id.
  transform/breaches:
    error_mode: ignore
    metric_statements:
      - context: datapoint
        statements:${listed(RENAMING, 10)}
      - context: resource
        statements:${listed([set(resource('service.instance.id'), COLLECTOR, [`${COLLECTOR} != nil`])], 10)}
  # Long, because increase() misses the first breach of a counter that restarts.
  delta_to_cumulative:
    max_stale: 24h
pipelines:
  metrics/breaches:
    receivers: [${BREACHES}]
    processors: [transform/breaches, delta_to_cumulative]
    exporters: [${exporter}]
`;

function counter([value, condition]: (typeof COUNTED)[number]): string {
  return `
      - name: pg_otel.threshold.breaches
        description: Operations that exceeded a threshold of a rule
        unit: "{breach}"
        conditions:${listed([condition], 10)}
        attributes:
          - key: ${RULE}
          - key: ${SEVERITY}${OF_SERVICE.map(([key]) => `\n          - key: ${key}\n            optional: true`).join('')}
        sum:
          value: ${JSON.stringify(value)}
          monotonic: true`;
}
