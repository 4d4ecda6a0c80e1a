import { EVENTS, type EventRule, isEventRule } from '../rules/events';
import { FAILURE_PATTERNS } from '../rules/failures';
import {
  FAILURES,
  type FailedLevel,
  type FailedRule,
  type HeldLevel,
  type HeldRule,
  type Level,
  type Rule,
  type SlowLevel,
  type SlowRule,
} from '../rules/rule';
import { annotationAttribute, labelAttribute } from './alert-attributes';
import { allOf, anyOf, log, number, set, text, wholeValue } from './ottl';

const KIND = log('pg_otel.operation.kind');
const LIMIT = {
  'slow-operation': log('pg_otel.operation.limit'),
  'held-connection': log('pg_otel.connection.limit'),
};
const FAILURES_IN_A_MINUTE = log('pg_otel.operation.failures');
const FAILURE = log(labelAttribute('failure'));
const ERROR_TYPE = log('error.type');

export const eventRules = (rules: readonly Rule[]): EventRule[] => rules.filter(isEventRule);

/**
 * True of an event that may break the rule. Other libraries tell `db.client.operation.exception` too: theirs have no
 * kind.
 */
export function isToldBy(rule: EventRule): string {
  return allOf([
    isEvent(rule.watch),
    ...(rule.watch === 'held-connection' ? [] : [isOfKind(rule)]),
    ...(rule.watch === 'failed-operation' ? [] : [isAtALimit(rule)]),
  ]);
}

function isEvent(watch: EventRule['watch']): string {
  return `log.event_name == ${text(EVENTS[watch].name)}`;
}

function isOfKind({ operations }: SlowRule | FailedRule): string {
  return anyOf(operations.map((kind) => `${KIND} == ${text(kind)}`));
}

function isAtALimit(rule: SlowRule | HeldRule): string {
  const limits = limitsOf(rule);
  return limits.length === 0
    ? 'false'
    : anyOf(limits.map((limit) => `${LIMIT[rule.watch]} == ${number(limit)}`));
}

/** All of its limits, ascending. */
export function limitsOf(rule: SlowRule | HeldRule): number[] {
  const limits = rule.variants.flatMap(({ levels }) => levels.map(({ overSeconds }) => overSeconds));
  return [...new Set(limits)].sort((one, other) => one - other);
}

/** True where the level is broken, of an event that `isToldBy` its rule. */
export function breaks(rule: EventRule, level: Level): string {
  if (rule.watch !== 'failed-operation') {
    return `${LIMIT[rule.watch]} == ${number((level as SlowLevel | HeldLevel).overSeconds)}`;
  }
  const { failures, atLeast } = level as FailedLevel;
  return allOf([
    anyOf(failures.map((failure) => `${FAILURE} == ${text(failure)}`)),
    // Of an application that does not count them each one is told.
    anyOf([
      `${FAILURES_IN_A_MINUTE} == nil`,
      `${FAILURES_IN_A_MINUTE} >= ${number(atLeast)}`,
      `${log('pg_otel.database.answered')} == false`,
    ]),
  ]);
}

/** Label `failure`, made of `error.type`: what is none of the known ones is `other`, as without a type. */
export function failureStatements(rules: readonly EventRule[]): string[] {
  if (!rules.some(({ watch }) => watch === 'failed-operation')) return [];
  return FAILURES.map((failure, index) =>
    set(FAILURE, text(failure), [
      isEvent('failed-operation'),
      ...(index === 0 ? [] : [`${FAILURE} == nil`]),
      ...(failure === 'other'
        ? []
        : [`IsString(${ERROR_TYPE})`, `IsMatch(${ERROR_TYPE}, ${wholeValue(FAILURE_PATTERNS[failure])})`]),
    ]),
  );
}

export function annotationStatements(rules: readonly EventRule[]): string[] {
  const watched = [...new Set(rules.map(({ watch }) => watch))];
  const ofEvents = watched.flatMap((watch) =>
    Object.entries(EVENTS[watch].annotations).map(([annotation, attribute]) =>
      set(log(annotationAttribute(annotation)), `String(${log(attribute)})`, [
        isEvent(watch),
        `${log(attribute)} != nil`,
      ]),
    ),
  );
  const pool = log('db.client.connection.pool.name');
  const hasNoPoolLabel = `${log(labelAttribute('pool'))} == nil`;
  return [
    ...ofEvents,
    set(log(annotationAttribute('pool')), pool, [hasNoPoolLabel, `IsString(${pool})`, `${pool} != ""`]),
  ];
}
