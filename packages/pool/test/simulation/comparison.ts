import type { Scenario } from './scenario';
import { type Outcome, simulate } from './simulate';
import { adaptive, useTimeOnly, utilisationOnly } from './strategies';

const FIXED_SIZES = [2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30];
/** Fixed sizes that complete as much are equally good, and the smallest is named. */
const EQUAL = 0.001;

export interface Comparison {
  readonly scenario: Scenario;
  readonly best: { readonly size: number; readonly completed: number };
  readonly outcomes: Readonly<Record<StrategyName, Outcome>>;
}

export const STRATEGIES = {
  adaptive,
  'fixed 10': 10,
  'fixed 30': 30,
  'utilisation only': utilisationOnly,
  'use time only': useTimeOnly,
} as const;

export type StrategyName = keyof typeof STRATEGIES;

/** One scenario with each strategy, and with each fixed size. */
export function compare(scenario: Scenario): Comparison {
  const fixed = new Map(FIXED_SIZES.map((size) => [size, simulate(scenario, size)]));
  const most = Math.max(...[...fixed.values()].map(({ completed }) => completed));
  const [size] = [...fixed].find(([, { completed }]) => completed >= (1 - EQUAL) * most) as [number, Outcome];
  const outcomes = Object.fromEntries(
    Object.entries(STRATEGIES).map(([name, sizing]) => {
      return [name, (typeof sizing === 'number' && fixed.get(sizing)) || simulate(scenario, sizing)];
    }),
  ) as Record<StrategyName, Outcome>;
  return { scenario, best: { size, completed: most }, outcomes };
}
