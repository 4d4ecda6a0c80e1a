import type { Compiled } from './rules/compiled';
import type { HeldRule, SlowRule, Thresholds } from './rules/rule';

/** `instrumentation.env`: the limits that the application must tell, so that rules can go by them. */
export function compileInstrumentationEnv({ rules }: Thresholds): Compiled {
  const slow = limitsOf(rules.filter((rule) => rule.watch === 'slow-operation'));
  const held = limitsOf(rules.filter((rule) => rule.watch === 'held-connection'));
  const content = [
    '# Generated from thresholds.yaml by `pg-otel alerts build`: change it there.',
    '#',
    '# For the environment of the applications: only limits that they tell can be alerted. In code: slowAfter, heldAfter.',
    '',
    '# Seconds after which an operation that still runs is told: all limits of all rules and overrides.',
    `PG_OTEL_SLOW_AFTER=${slow.length === 0 ? 'none' : slow.join(',')}`,
    '',
    '# Seconds after which a connection in the hands of its caller is told.',
    // The instrumentation has no word for none: what it tells then, the collector drops.
    held.length === 0 ? '# No rule watches it.' : `PG_OTEL_HELD_AFTER=${held.at(0)}`,
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
