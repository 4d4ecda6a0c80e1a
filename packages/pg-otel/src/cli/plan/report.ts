import type { Plan } from '@pg-otel/pool-sizing';
import { type Given, isLoaded, planOf } from './circumstances';
import { type Curves, curves } from './curves';
import type { Measured } from './metrics/measured-load';
import { type WhatIf, whatIf } from './what-if';

/** The output of `--json`, documented in docs/reference/plan.md. */
export interface Report {
  readonly version: string;
  readonly plan: Plan;
  /** null when there is no load, because nothing waits. */
  readonly whatIf: readonly WhatIf[] | null;
  readonly curves: Curves | null;
  /** The guessed use time in `whatIf` and `curves`; null when it is measured, or the load is unknown. */
  readonly assumedUseTimeSeconds: number | null;
  /** null without `--from-metrics`. */
  readonly measured: Measured | null;
}

/** @throws {PlanInputError} */
export function reportOf(given: Given, measured: Measured | undefined, version: string): Report {
  const plan = planOf(given);
  return {
    version,
    plan,
    whatIf: isLoaded(plan) ? whatIf(given, plan) : null,
    curves: isLoaded(plan) ? curves(given, plan) : null,
    assumedUseTimeSeconds:
      plan.load === null || plan.load.isUseTimeMeasured ? null : plan.load.useTimeSeconds,
    measured: measured ?? null,
  };
}
