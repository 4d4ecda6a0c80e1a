import { FAILURE_PATTERNS } from '../rules/failures';
import {
  type EventRule,
  type EventWatch,
  FAILURES,
  limitsOf,
  operationsOf,
  type RuleOf,
} from '../rules/rule';
import { eventOf } from '../rules/watch';
import { type EventCondition, FAILURE } from '../rules/watch/definition';
import { annotationAttribute, labelAttribute } from './alert-attributes';
import type { AlertSource } from './alerts';
import { allOf, anyOf, log, noneOf, number, set, text, wholeValue } from './ottl';

/** Alerts from log events of the instrumentation. */
export function eventAlerts(rules: readonly EventRule[]): AlertSource<EventWatch> {
  return {
    rules,
    signal: 'logs',
    name: 'events',
    context: 'log',
    attribute: log,
    dropped: noneOf(rules.map(isAbout)),
    isAbout,
    isBreach: (rule, level) => ottlOf(eventOf(rule).condition(level)),
    details: [...failureStatements(rules), ...annotationStatements(rules)],
    last: ['set(log.body, "")'],
  };
}

function isEvent(rule: RuleOf<EventWatch>): string {
  return `log.event_name == ${text(eventOf(rule).name)}`;
}

/** Requires `pg_otel.operation.kind`, because other libraries emit `db.client.operation.exception` as well. */
function isAbout(rule: RuleOf<EventWatch>): string {
  const operations = operationsOf(rule);
  const { limit } = eventOf(rule);
  const isOneOf = (attribute: string, values: readonly string[]) =>
    values.length === 0 ? 'false' : anyOf(values.map((value) => `${log(attribute)} == ${value}`));
  return allOf([
    isEvent(rule),
    ...(operations === undefined ? [] : [isOneOf('pg_otel.operation.kind', operations.map(text))]),
    ...(limit === undefined ? [] : [isOneOf(limit, limitsOf([rule]).map(number))]),
  ]);
}

function ottlOf(condition: EventCondition): string {
  if ('allOf' in condition) return allOf(condition.allOf.map(ottlOf));
  if ('anyOf' in condition) return anyOf(condition.anyOf.map(ottlOf));
  const { attribute } = condition;
  const path = log(attribute === FAILURE ? labelAttribute(FAILURE) : attribute);
  if (condition.is === 'missing') return `${path} == nil`;
  const { is, value } = condition;
  const literal = typeof value === 'number' ? number(value) : typeof value === 'string' ? text(value) : value;
  return `${path} ${is} ${literal}`;
}

/** Sets the label `failure` by `error.type`. An unknown or missing type is `other`. */
function failureStatements(rules: readonly EventRule[]): string[] {
  const rule = rules.find(({ watch }) => watch === 'failed-operation');
  if (rule === undefined) return [];
  const label = log(labelAttribute(FAILURE));
  const type = log('error.type');
  return FAILURES.map((failure, index) =>
    set(label, text(failure), [
      isEvent(rule),
      ...(index === 0 ? [] : [`${label} == nil`]),
      ...(failure === 'other'
        ? []
        : [`IsString(${type})`, `IsMatch(${type}, ${wholeValue(FAILURE_PATTERNS[failure])})`]),
    ]),
  );
}

/** Sets the annotations that are copied from the event, and the pool unless it is a label. */
function annotationStatements(rules: readonly EventRule[]): string[] {
  const ofEvents = [...new Map(rules.map((rule) => [rule.watch, rule])).values()].flatMap((rule) =>
    Object.entries(eventOf(rule).annotations).map(([annotation, attribute]) =>
      set(log(annotationAttribute(annotation)), `String(${log(attribute)})`, [
        isEvent(rule),
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
