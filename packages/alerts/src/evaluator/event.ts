import { failureOf } from '../rules/failures';
import { LABEL_SOURCES, labelsOf } from '../rules/labels';
import type { FailedRule, HeldRule, Level, Rule, SlowRule } from '../rules/rule';
import { type Attributes, levelsFor, type Origin, stringOf, textOf } from './subject';

/** A log event of the instrumentation (docs/telemetry.md, *Log events*); others tell nothing. */
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

/** Rules that a single event decides. */
export type EventRule = SlowRule | FailedRule | HeldRule;

const EVENTS: Readonly<Record<EventRule['watch'], string>> = {
  'slow-operation': 'pg_otel.operation.slow',
  'failed-operation': 'db.client.operation.exception',
  'held-connection': 'pg_otel.connection.held',
};

export function isEventRule(rule: Rule): rule is EventRule {
  return Object.hasOwn(EVENTS, rule.watch);
}

export function eventOf(rule: EventRule): string {
  return EVENTS[rule.watch];
}

/**
 * The levels of a rule that an event of `eventOf(rule)` breaches. The limit that was crossed decides, not the age: an
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

/** Annotations beside summary and runbook, and the attributes they hold: as the collector has them. */
const ANNOTATIONS: Readonly<Record<EventRule['watch'], Readonly<Record<string, string>>>> = {
  'slow-operation': {
    elapsed: 'pg_otel.operation.elapsed',
    running: 'pg_otel.operation.running',
    crossings: 'pg_otel.operation.crossings',
    pool_wait_time: 'pg_otel.pool.wait_time',
    queue_time: 'pg_otel.client.queue_time',
    first_row_time: 'pg_otel.response.first_row_time',
  },
  'failed-operation': {
    count: 'pg_otel.operation.count',
    failures: 'pg_otel.operation.failures',
    answered: 'pg_otel.database.answered',
    error_type: 'error.type',
  },
  'held-connection': { elapsed: 'pg_otel.connection.held_time', running: 'pg_otel.connection.held_count' },
};

/** What the event says, and its pool where that is no label. */
export function annotationsOf(rule: EventRule, event: ObservedEvent): Record<string, string> {
  const annotations: Record<string, string> = {};
  const said = (name: string, attribute: string) => {
    const value = textOf(event.attributes[attribute]);
    if (value !== '') annotations[name] = value;
  };
  for (const [name, attribute] of Object.entries(ANNOTATIONS[rule.watch])) said(name, attribute);
  if (!labelsOf(rule).includes('pool')) said('pool', LABEL_SOURCES.pool.attribute);
  if (event.traceId && event.isSampled !== false) annotations['trace_id'] = event.traceId;
  return annotations;
}
