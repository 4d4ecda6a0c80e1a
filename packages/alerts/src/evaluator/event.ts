import { LABEL_SOURCES } from '../rules/labels';
import { type EventRule, type LevelOf, operationsOf, type RuleOf } from '../rules/rule';
import { MAX_ANNOTATION_CHARS } from '../rules/text';
import { annotationsOf, eventOf, labelsOf } from '../rules/watch';
import { type EventCondition, FAILURE } from '../rules/watch/definition';
import { type Attributes, failureIn, keptText, levelsFor, type Origin, stringOf, textOf } from './subject';

/** A log event of the instrumentation (docs/reference/telemetry.md, *Log events*). Other events have no effect. */
export interface ObservedEvent {
  /** `pg_otel.operation.slow`, `db.client.operation.exception` or `pg_otel.connection.held`. */
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

type EventLevel = LevelOf<EventRule['watch']>;

/** The levels of a rule that an event exceeds. The event has the name that the rule watches. */
export function breachedLevels(rule: RuleOf<EventRule['watch']>, origin: Origin): readonly EventLevel[] {
  const { condition } = eventOf(rule);
  const operations: readonly string[] | undefined = operationsOf(rule);
  if (operations?.includes(stringOf(origin.attributes['pg_otel.operation.kind'])) === false) return [];
  return levelsFor(rule.variants, origin).filter((level) => holds(condition(level), origin.attributes));
}

function holds(condition: EventCondition, attributes: Attributes): boolean {
  if ('allOf' in condition) return condition.allOf.every((each) => holds(each, attributes));
  if ('anyOf' in condition) return condition.anyOf.some((each) => holds(each, attributes));
  const { attribute } = condition;
  const value = attribute === FAILURE ? failureIn(attributes) : attributes[attribute];
  if (condition.is === 'missing') return value === undefined || value === null;
  return condition.is === '==' ? value === condition.value : Number(value) >= Number(condition.value);
}

/** The annotations of an alert from an event. They include the pool, unless it is a label. */
export function annotationsOfEvent(
  rule: RuleOf<EventRule['watch']>,
  level: EventLevel,
  event: ObservedEvent,
): Record<string, string> {
  const pool = labelsOf(rule).includes('pool') ? {} : { pool: LABEL_SOURCES.pool.attribute };
  const texts = Object.entries({ ...eventOf(rule).annotations, ...pool }).map(
    ([name, attribute]) => [name, textOf(event.attributes[attribute])] as const,
  );
  const traceId = event.isSampled === false ? '' : (event.traceId ?? '');
  return {
    ...annotationsOf(rule, level),
    ...Object.fromEntries(
      [...texts, ['trace_id', traceId] as const]
        .filter(([, text]) => text !== '')
        .map(([name, text]) => [name, keptText(text, MAX_ANNOTATION_CHARS)]),
    ),
  };
}
