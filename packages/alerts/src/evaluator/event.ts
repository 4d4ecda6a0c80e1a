import { LABEL_SOURCES } from '../rules/labels';
import { type EventRule, type EventWatch, type LevelOf, operationsOf } from '../rules/rule';
import { MAX_ANNOTATION_CHARS } from '../rules/text';
import { TIMES } from '../rules/times';
import { annotationsOf, eventNames, eventOf, labelsOf, levelLabels } from '../rules/watch';
import { type EventCondition, FAILURE, type FirstOf } from '../rules/watch/definition';
import type { Candidate } from './alert';
import { type Attributes, failureIn, keptText, stringOf, subjectOf } from './subject';

/** A log event of the instrumentation (docs/reference/telemetry.md, *Log events*). Other events have no effect. */
export interface ObservedEvent {
  /** `pg_otel.operation.slow`, `pg_otel.operation.diagnosed`, `db.client.operation.exception` or `pg_otel.connection.held`. */
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  /** Attributes of the resource: `service.name`, `deployment.environment.name`. */
  readonly resource: Attributes;
  readonly attributes: Attributes;
  readonly traceId?: string | undefined;
  /** Whether that trace is recorded. If not, its id is not in the annotations. Default: true. */
  readonly isSampled?: boolean | undefined;
}

/** The alerts of an event: one for each level of the rule that it exceeds. They fire at once, and end when no event follows. */
export function alertsOfEvent(rule: EventRule, event: ObservedEvent): Candidate[] {
  const source = eventOf<EventWatch>(rule);
  const operations: readonly string[] | undefined = operationsOf(rule);
  const { timestamp, attributes } = event;
  const kind = stringOf(attributes['pg_otel.operation.kind']);
  if (!eventNames(source).includes(event.name) || operations?.includes(kind) === false) return [];
  const { labels, levels } = subjectOf<EventWatch>(rule, event);
  return levels
    .filter((level) => holds(source.condition(level), attributes))
    .map((level) => {
      const value = numberIn(attributes[source.value]);
      const allLabels = { alertname: rule.name, ...levelLabels(level, 'logs'), ...labels };
      return {
        key: JSON.stringify(allLabels),
        level,
        worst: 'max',
        create: () => ({
          state: 'firing',
          rule,
          level,
          labels: allLabels,
          annotations: annotationsOfEvent(rule, level, event),
          value,
          peak: value,
          startsAt: timestamp,
          endsAt: timestamp + TIMES.holdAlert * 1000,
        }),
      };
    });
}

const numberIn = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

function holds(condition: EventCondition, attributes: Attributes): boolean {
  if ('allOf' in condition) return condition.allOf.every((each) => holds(each, attributes));
  if ('anyOf' in condition) return condition.anyOf.some((each) => holds(each, attributes));
  const { attribute } = condition;
  const value = attribute === FAILURE ? failureIn(attributes) : attributes[attribute];
  if (condition.is === 'missing') return value === undefined || value === null;
  return condition.is === '==' ? value === condition.value : Number(value) >= Number(condition.value);
}

function valueIn(source: string | FirstOf, attributes: Attributes): unknown {
  if (typeof source === 'string') return attributes[source];
  const list = attributes[source.first];
  return Array.isArray(list) ? list[0] : undefined;
}

/** The annotations include the pool, unless it is a label. */
function annotationsOfEvent(
  rule: EventRule,
  level: LevelOf<EventWatch>,
  { attributes, traceId, isSampled }: ObservedEvent,
): Record<string, string> {
  const annotations: Record<string, string> = annotationsOf(rule, level);
  const copied = Object.entries({
    ...eventOf(rule).annotations,
    ...(labelsOf(rule).includes('pool') ? {} : { pool: LABEL_SOURCES.pool.attribute }),
  }).map(([name, source]) => [name, valueIn(source, attributes)] as const);
  for (const [name, value] of [...copied, ['trace_id', isSampled === false ? '' : traceId] as const]) {
    if (value === '' || !['string', 'number', 'boolean'].includes(typeof value)) continue;
    annotations[name] = keptText(String(value), MAX_ANNOTATION_CHARS);
  }
  return annotations;
}
