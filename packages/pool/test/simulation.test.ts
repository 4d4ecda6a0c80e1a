import { turnsOf, waitFrom } from './simulation/outcome';
import { scenarioOf } from './simulation/scenarios';
import { type Outcome, type Sizing, simulate } from './simulation/simulate';
import { adaptive } from './simulation/strategies';

/** The first seconds of a scenario. `simulation.long.test.ts` runs all of each, against every fixed size. */
function run(name: string, seconds: number, sizing: Sizing = adaptive): Outcome {
  return simulate({ ...scenarioOf(name), seconds }, sizing);
}

it.each(['step × 3, CPU-bound', 'step × 3, mixed', 'step × 3, sleep-like'])(
  'waits are below the target 5 s after a %s',
  (name) => {
    expect(waitFrom(run(name, 80), 65)).toBeLessThan(0.025);
  },
);

it('does more than 30 connections where all update the same rows, also if it starts with 30', () => {
  const fixed = run('hot rows', 25, 30).completed;

  expect(run('hot rows', 25).completed).toBeGreaterThan(1.2 * fixed);
  expect(run('hot rows, from 30', 25).completed).toBeGreaterThan(1.1 * fixed);
});

it('grows if a slow storage makes all queries longer', () => {
  const outcome = run('slow storage, sleep × 5', 110);

  expect(outcome.seconds.at(-1)?.size).toBe(30);
  expect(waitFrom(outcome, 100)).toBeLessThan(0.025);
});

it('changes nothing because of an outage', () => {
  const { changes } = run('long outage', 200);

  expect(changes.filter(({ at }) => at >= 62 && at < 200)).toEqual([]);
});

it('turns at most once in 30 s under constant load', () => {
  for (const name of ['saturated, CPU-bound', 'saturated, mixed', 'ten at once']) {
    const turns = turnsOf(run(name, 90));
    for (const [index, turn] of turns.entries()) {
      if (index > 0) expect(turn - (turns[index - 1] as number)).toBeGreaterThanOrEqual(30);
    }
  }
});
