import { failureOf } from '../rules/failures';
import type { FailedRule, HeldRule, Level, Rule, SlowRule } from '../rules/rule';
import { type Attributes, levelsFor, type Origin, textOf } from './subject';

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
      const failure = failureOf(textOf(attributes['error.type']));
      return levelsFor(rule.variants, origin).filter(({ failures }) => failures.includes(failure));
    }
    case 'held-connection': {
      const limit = attributes['pg_otel.connection.limit'];
      return levelsFor(rule.variants, origin).filter(({ overSeconds }) => overSeconds === limit);
    }
  }
}

function isOneOf(operations: readonly string[], attributes: Attributes): boolean {
  return operations.includes(textOf(attributes['pg_otel.operation.kind']));
}

/** Annotations beside summary and runbook, and the attributes they hold. */
const ANNOTATIONS: Readonly<Record<string, string>> = {
  elapsed: 'pg_otel.operation.elapsed',
  running: 'pg_otel.operation.running',
  crossings: 'pg_otel.operation.crossings',
  count: 'pg_otel.operation.count',
  held_time: 'pg_otel.connection.held_time',
  held_count: 'pg_otel.connection.held_count',
  pool_wait_time: 'pg_otel.pool.wait_time',
  client_queue_time: 'pg_otel.client.queue_time',
  first_row_time: 'pg_otel.response.first_row_time',
  error_type: 'error.type',
  pool: 'db.client.connection.pool.name',
};

/** What the event says, without what is in the labels already. */
export function annotationsOf(
  event: ObservedEvent,
  labels: Readonly<Record<string, string>>,
): Record<string, string> {
  const annotations: Record<string, string> = {};
  for (const [name, attribute] of Object.entries(ANNOTATIONS)) {
    const value = textOf(event.attributes[attribute]);
    if (value !== '' && labels[name] === undefined) annotations[name] = value;
  }
  if (event.traceId && event.isSampled !== false) annotations['trace_id'] = event.traceId;
  return annotations;
}
