import type { EventRule } from '../rules/events';
import type { Severity } from '../rules/rule';
import {
  ALL_OF_OURS,
  levelStatements,
  NOTHING_AROUND_LEAVES,
  ruleStatements,
  SEVERITY,
  subjectStatements,
  variantCondition,
  WHAT_LEAVES,
} from './alert-attributes';
import { type CollectorPart, Explained } from './config';
import { annotationStatements, breaks, failureStatements, isToldBy } from './events';
import { allOf, log, noneOf } from './ottl';
import { bySeverity } from './severities';

/**
 * From the instrumentation's log events to alerts: what is no breach is dropped first, then rule, variant and labels
 * are found, and each severity's branch picks what is its own.
 *
 * @param told where a branch's alerts go, beside the bridge
 */
export function logAlerts(rules: readonly EventRule[], told: readonly string[]): CollectorPart {
  const branches = bySeverity(rules).map(({ severity, levels }) => branch(severity, levels, told));
  return Object.assign(
    {},
    ...(['processors', 'connectors', 'pipelines'] as const).map((kind) => ({
      [kind]: Object.assign({}, entrance(rules)[kind], ...branches.map((part) => part[kind])),
    })),
  );
}

function entrance(rules: readonly EventRule[]): CollectorPart {
  return {
    processors: {
      'filter/events': new Explained('What matches is dropped: all but the events that a rule is about.', {
        error_mode: 'ignore',
        log_conditions: [`${noneOf(rules.map(isToldBy))}`],
      }),
      'transform/events': new Explained(
        'Which rule, which of its overrides (variant, the first that fits), and what it is about.',
        {
          error_mode: 'ignore',
          log_statements: [
            {
              context: 'log',
              statements: [
                `delete_matching_keys(log.attributes, ${ALL_OF_OURS})`,
                ...rules.flatMap((rule) => ruleStatements(rule, isToldBy(rule), log)),
                ...subjectStatements(rules, log),
                ...failureStatements(rules),
                ...annotationStatements(rules),
              ],
            },
          ],
        },
      ),
    },
    pipelines: {
      'logs/alerts': {
        receivers: ['otlp'],
        processors: ['memory_limiter', 'filter/events', 'transform/events'],
        exporters: bySeverity(rules).map(({ severity }) => `forward/${severity}`),
      },
    },
  };
}

function branch(
  severity: Severity,
  levels: ReturnType<typeof bySeverity<EventRule>>[number]['levels'],
  told: readonly string[],
): CollectorPart {
  return {
    connectors: { [`forward/${severity}`]: {} },
    processors: {
      [`transform/${severity}`]: new Explained(
        'Only these attributes leave: no text or parameter of a statement, no body, nothing of the resource.',
        {
          error_mode: 'ignore',
          log_statements: [
            ...levels.map(({ rule, variant, level }) => ({
              context: 'log',
              conditions: [allOf([variantCondition(rule, variant, log), breaks(rule, level)])],
              statements: levelStatements(rule, level, 'logs', log),
            })),
            {
              context: 'log',
              statements: [`keep_matching_keys(log.attributes, ${WHAT_LEAVES})`, 'set(log.body, "")'],
            },
            ...NOTHING_AROUND_LEAVES,
          ],
        },
      ),
      [`filter/${severity}`]: {
        error_mode: 'ignore',
        log_conditions: [`${log(SEVERITY)} == nil`],
      },
    },
    pipelines: {
      [`logs/${severity}`]: {
        receivers: [`forward/${severity}`],
        processors: [`transform/${severity}`, `filter/${severity}`],
        exporters: [`otlp_http/${severity}`, ...told],
      },
    },
  };
}
