import { type Compiled, GENERATED } from './rules/compiled';
import { limitsOf, type Thresholds } from './rules/rule';

/** The limits at which an application must emit log events for the rules to fire. */
export interface EmittedLimits {
  /** Limits of all rules and overrides, ascending. Seconds. */
  readonly slowAfterSeconds: readonly number[];
  /** Undefined when no rule watches held connections. Seconds. */
  readonly heldAfterSeconds: number | undefined;
}

/** Returns the limits at which an application must emit log events for all rules to fire. */
export function emittedLimits({ rules }: Thresholds): EmittedLimits {
  return {
    slowAfterSeconds: limitsOf(rules.filter(({ watch }) => watch === 'slow-operation')),
    // Parsing rejects files with different limits.
    heldAfterSeconds: limitsOf(rules.filter(({ watch }) => watch === 'held-connection')).at(0),
  };
}

/** Compiles `instrumentation.env`: environment variables that make applications emit these events. */
export function compileInstrumentationEnv(thresholds: Thresholds): Compiled {
  const { slowAfterSeconds, heldAfterSeconds } = emittedLimits(thresholds);
  const content = `${GENERATED} Change thresholds.yaml.
#
# Environment variables of the applications, which emit events only at these limits. In code: slowAfter, heldAfter.

# Seconds after which an operation that still runs emits an event: all limits of all rules and overrides.
PG_OTEL_SLOW_AFTER=${slowAfterSeconds.join(',') || 'none'}

# Seconds after which a connection that is still checked out emits an event.
${
  // Without a rule, applications keep their default limit, and the collector drops these events.
  heldAfterSeconds === undefined
    ? '# No rule watches held connections.'
    : `PG_OTEL_HELD_AFTER=${heldAfterSeconds}`
}
`;
  return { files: [{ path: 'instrumentation.env', content }], notes: [] };
}
