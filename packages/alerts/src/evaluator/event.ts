import { MOST_ANNOTATION_CHARS } from '../rules/bounded';
import { EVENTS, type EventRule } from '../rules/events';
import { failureOf } from '../rules/failures';
import { LABEL_SOURCES, labelsOf } from '../rules/labels';
import type { Level } from '../rules/rule';
import { keptText } from './kept-text';
import { type Attributes, levelsFor, type Origin, stringOf, textOf } from './subject';

/** A log event of the instrumentation (docs/reference/telemetry.md, *Log events*); others tell nothing. */
export interface ObservedEvent {
  /** `pg_otel.operation.slow`, `db.client.operation.exception`, `pg_otel.connection.held` */
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  /** Attributes of the resource: `service.name`, `deployment.environment.name`. */
  readonly resource: Attributes;
  readonly attributes: Attributes;
  readonly traceId?: string | undefined;
  /** Whether that trace is recorded: the id of one that is not leads nowhere, and is left out. Default: true. */
  readonly isSampled?: boolean | undefined;
}

/**
 * The levels of a rule that an event of its name breaches. The limit that was crossed decides, not the age: an
 * operation is told for each of its limits.
 */
export function breachedLevels(rule: EventRule, origin: Origin): readonly Level[] {
  const { attributes } = origin;
  switch (rule.watch) {
    case 'slow-operation': {
      if (!isOneOf(rule.operations, attributes)) return [];
      const limit = attributes['pg_otel.operation.limit'];
      return levelsFor(rule.variants, origin).filter(({ overSeconds }) => overSeconds === limit);
    }
    case 'failed-operation': {
      if (!isOneOf(rule.operations, attributes)) return [];
      const failure = failureOf(stringOf(attributes['error.type']));
      const count = attributes['pg_otel.operation.failures'] ?? Number.POSITIVE_INFINITY;
      const isAlone = attributes['pg_otel.database.answered'] === false;
      return levelsFor(rule.variants, origin).filter(
        ({ failures, atLeast }) => failures.includes(failure) && (isAlone || Number(count) >= atLeast),
      );
    }
    case 'held-connection': {
      const limit = attributes['pg_otel.connection.limit'];
      return levelsFor(rule.variants, origin).filter(({ overSeconds }) => overSeconds === limit);
    }
  }
}

function isOneOf(operations: readonly string[], attributes: Attributes): boolean {
  return operations.includes(stringOf(attributes['pg_otel.operation.kind']));
}

/** What the event says, and its pool where that is no label. */
export function annotationsOf(rule: EventRule, event: ObservedEvent): Record<string, string> {
  const annotations: Record<string, string> = {};
  const said = (name: string, attribute: string) => {
    const value = textOf(event.attributes[attribute]);
    if (value !== '') annotations[name] = keptText(value, MOST_ANNOTATION_CHARS);
  };
  for (const [name, attribute] of Object.entries(EVENTS[rule.watch].annotations)) said(name, attribute);
  if (!labelsOf(rule).includes('pool')) said('pool', LABEL_SOURCES.pool.attribute);
  if (event.traceId && event.isSampled !== false) {
    annotations['trace_id'] = keptText(event.traceId, MOST_ANNOTATION_CHARS);
  }
  return annotations;
}
