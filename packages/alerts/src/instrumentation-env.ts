import type { Compiled } from './rules/compiled';
import type { HeldRule, SlowRule, Thresholds } from './rules/rule';

/** What an application has to tell for the rules to hear of it. */
export interface ToldLimits {
  /** Limits of all rules and overrides, ascending; seconds. */
  readonly slowAfterSeconds: readonly number[];
  /** Undefined when no rule watches held connections. */
  readonly heldAfterSeconds: number | undefined;
}

export function toldLimits({ rules }: Thresholds): ToldLimits {
  return {
    slowAfterSeconds: limitsOf(rules.filter((rule) => rule.watch === 'slow-operation')),
    // The thresholds allow one.
    heldAfterSeconds: limitsOf(rules.filter((rule) => rule.watch === 'held-connection')).at(0),
  };
}

/** `instrumentation.env`: the limits that the application must tell, so that rules can go by them. */
export function compileInstrumentationEnv(thresholds: Thresholds): Compiled {
  const { slowAfterSeconds, heldAfterSeconds } = toldLimits(thresholds);
  const content = [
    '# Generated from thresholds.yaml by `pg-otel alerts build`: change it there.',
    '#',
    '# For the environment of the applications: only limits that they tell can be alerted. In code: slowAfter, heldAfter.',
    '',
    '# Seconds after which an operation that still runs is told: all limits of all rules and overrides.',
    `PG_OTEL_SLOW_AFTER=${slowAfterSeconds.length === 0 ? 'none' : slowAfterSeconds.join(',')}`,
    '',
    '# Seconds after which a connection in the hands of its caller is told.',
    // The instrumentation has no word for none: what it tells then, the collector drops.
    heldAfterSeconds === undefined ? '# No rule watches it.' : `PG_OTEL_HELD_AFTER=${heldAfterSeconds}`,
    '',
  ].join('\n');
  return { files: [{ path: 'instrumentation.env', content }], notes: [] };
}

function limitsOf(rules: readonly (SlowRule | HeldRule)[]): number[] {
  const limits = rules.flatMap(({ variants }) =>
    variants.flatMap(({ levels }) => levels.map(({ overSeconds }) => overSeconds)),
  );
  return [...new Set(limits)].sort((one, other) => one - other);
}
