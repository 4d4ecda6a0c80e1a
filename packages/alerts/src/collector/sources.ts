import { FAILURE_PATTERNS, FAILURES } from '../rules/failures';
import {
  type EventRule,
  type EventWatch,
  type GaugeRule,
  type GaugeWatch,
  limitsOf,
  operationsOf,
  type RuleOf,
} from '../rules/rule';
import { eventNames, eventOf, gaugeOf } from '../rules/watch';
import { type EventCondition, FAILURE } from '../rules/watch/definition';
import { type AlertSource, annotationAttribute, labelAttribute } from './alerts';
import { allOf, anyOf, is, isText, log, set, text, wholeValue } from './ottl';

/** Alerts from log events of the instrumentation. */
export function eventAlerts(rules: readonly EventRule[]): AlertSource<EventWatch> {
  return {
    signal: 'logs',
    rules,
    isAbout: isAboutEvent,
    isBreach: (rule, level) => ottlOf(eventOf(rule).condition(level)),
    details: [...failureStatements(rules), ...annotationStatements(rules)],
  };
}

/** Alerts from data points of pool gauges, for collectors without Prometheus, which have no history. */
export function gaugeAlerts(rules: readonly GaugeRule[]): AlertSource<GaugeWatch> {
  return {
    signal: 'metrics',
    rules,
    isAbout: (rule) => is('metric.name', gaugeOf(rule).metric),
    // A data point has its value in the double or the int field, and 0 in the other one. Flag 1 means no value.
    isBreach: (rule, level) => {
      const condition = gaugeOf(rule).condition(level);
      const both = ['double', 'int'].map((type) =>
        is(`datapoint.value_${type}`, condition.value, condition.is),
      );
      return allOf(['datapoint.flags != 1', ...(condition.is === '==' ? both : [anyOf(both)])]);
    },
    details: [],
  };
}

const isEvent = (rule: RuleOf<EventWatch>) =>
  anyOf(eventNames(eventOf(rule)).map((name) => is('log.event_name', name)));

/** Requires `pg_otel.operation.kind`, because other libraries emit `db.client.operation.exception` as well. */
function isAboutEvent(rule: RuleOf<EventWatch>): string {
  const operations = operationsOf(rule);
  const { limit } = eventOf(rule);
  const isOneOf = (attribute: string, values: readonly (string | number)[]) =>
    values.length === 0 ? 'false' : anyOf(values.map((value) => is(log(attribute), value)));
  return allOf([
    isEvent(rule),
    ...(operations === undefined ? [] : [isOneOf('pg_otel.operation.kind', operations)]),
    ...(limit === undefined ? [] : [isOneOf(limit, limitsOf([rule]))]),
  ]);
}

function ottlOf(condition: EventCondition): string {
  if ('allOf' in condition) return allOf(condition.allOf.map(ottlOf));
  if ('anyOf' in condition) return anyOf(condition.anyOf.map(ottlOf));
  const { attribute } = condition;
  const path = log(attribute === FAILURE ? labelAttribute(FAILURE) : attribute);
  return condition.is === 'missing' ? `${path} == nil` : is(path, condition.value, condition.is);
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
    Object.entries(eventOf(rule).annotations).map(([annotation, source]) => {
      const attribute = log(typeof source === 'string' ? source : source.first);
      const value = typeof source === 'string' ? attribute : `${attribute}[0]`;
      return set(log(annotationAttribute(annotation)), `String(${value})`, [
        isEvent(rule),
        `${attribute} != nil`,
      ]);
    }),
  );
  const pool = log('db.client.connection.pool.name');
  const hasNoLabel = `${log(labelAttribute('pool'))} == nil`;
  return [...ofEvents, set(log(annotationAttribute('pool')), pool, [hasNoLabel, ...isText(pool)])];
}
