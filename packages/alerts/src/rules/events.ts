import type { FailedRule, HeldRule, Rule, SlowRule } from './rule';

/** Rules that a single log event of the instrumentation decides (docs/reference/telemetry.md, *Log events*). */
export type EventRule = SlowRule | FailedRule | HeldRule;

interface WatchedEvent {
  readonly name: string;
  /** Annotations of its alerts, and the attributes that they hold as texts. */
  readonly annotations: Readonly<Record<string, string>>;
}

export const EVENTS: Readonly<Record<EventRule['watch'], WatchedEvent>> = {
  'slow-operation': {
    name: 'pg_otel.operation.slow',
    annotations: {
      elapsed: 'pg_otel.operation.elapsed',
      running: 'pg_otel.operation.running',
      crossings: 'pg_otel.operation.crossings',
      pool_wait_time: 'pg_otel.pool.wait_time',
      queue_time: 'pg_otel.client.queue_time',
      first_row_time: 'pg_otel.response.first_row_time',
    },
  },
  'failed-operation': {
    name: 'db.client.operation.exception',
    annotations: {
      count: 'pg_otel.operation.count',
      failures: 'pg_otel.operation.failures',
      answered: 'pg_otel.database.answered',
      error_type: 'error.type',
    },
  },
  'held-connection': {
    name: 'pg_otel.connection.held',
    annotations: { elapsed: 'pg_otel.connection.held_time', running: 'pg_otel.connection.held_count' },
  },
};

export function isEventRule(rule: Rule): rule is EventRule {
  return Object.hasOwn(EVENTS, rule.watch);
}
