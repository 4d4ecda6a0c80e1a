import { readFileSync } from 'node:fs';
import path from 'node:path';
import { compare } from './simulation/comparison';
import { turnsOf, waitFrom } from './simulation/outcome';
import { comparisonTable } from './simulation/report';
import type { Scenario } from './simulation/scenario';
import { scenarioOf, scenarios } from './simulation/scenarios';
import { simulate } from './simulation/simulate';
import { adaptive } from './simulation/strategies';
import type { Kind } from './simulation/work';

const PAGE = path.join(__dirname, '../../../docs/explanation/pool-management.md');
const TARGET_SECONDS = 0.025;

const comparisons = scenarios().map(compare);
const comparisonOf = (name: string) => {
  const found = comparisons.find(({ scenario }) => scenario.name === name);
  if (found === undefined) throw new Error(`no scenario ${name}`);
  return found;
};

describe('the adaptive size', () => {
  it.each(comparisons.map((comparison) => [comparison.scenario.name, comparison] as const))(
    'loses at most 5 %% of the throughput of the best fixed size: %s',
    (_, { best, outcomes }) => {
      expect(outcomes.adaptive.completed).toBeGreaterThan(0.95 * best.completed);
    },
  );

  it.each(['CPU-bound', 'mixed', 'hot rows', 'sleep-like'])(
    'brings waits below the target within 5 s of a step × 3, for each seed: %s',
    (kind) => {
      for (const seed of [1, 2, 3]) {
        const outcome = simulate(scenarioOf(`step × 3, ${kind}`), adaptive, seed);
        expect(waitFrom(outcome, 65)).toBeLessThan(TARGET_SECONDS);
      }
    },
  );

  it('does more than 30 connections on hot rows', () => {
    for (const name of ['hot rows', 'hot rows, from 30']) {
      const { outcomes } = comparisonOf(name);
      expect(outcomes.adaptive.completed).toBeGreaterThan(1.25 * outcomes['fixed 30'].completed);
    }
  });

  const constant: readonly Scenario[] = [
    ...comparisons
      .map(({ scenario }) => scenario)
      .filter(({ name }) => /^(saturated|hot rows|ten at once)/.test(name)),
    ...(['cpu', 'mixed', 'hotRows', 'sleep'] as const).flatMap((kind) =>
      [0.3, 0.6, 0.9].map((part) => openLoop(kind, part)),
    ),
  ];
  it.each(constant.map((scenario) => [scenario.name, scenario] as const))(
    'turns at most once in 30 s under constant load: %s',
    (_, scenario) => {
      for (const seed of [1, 2]) {
        const turns = turnsOf(simulate(scenario, adaptive, seed));
        const gaps = turns.slice(1).map((turn, index) => turn - (turns[index] as number));
        expect(gaps.filter((gap) => gap < 30)).toEqual([]);
      }
    },
  );

  it('never has more connections than the server allows, and 20 processes get along with their shares', () => {
    for (const name of ['fleet of 2 to 20, sleep-like', 'fleet of 2 to 20, mixed']) {
      const { outcomes } = comparisonOf(name);
      const { seconds, failed, completed } = outcomes.adaptive;

      expect(Math.max(...seconds.map(({ connections }) => connections))).toBeLessThanOrEqual(100);
      // Connections that were refused while the others had not counted the new process yet.
      expect(failed / completed).toBeLessThan(0.0001);
      expect(failed).toBeLessThan(outcomes['utilisation only'].failed + 1);
    }
  });

  it('changes nothing because of an outage', () => {
    const { changes } = comparisonOf('long outage').outcomes.adaptive;

    expect(changes.filter(({ at }) => at > 62 && at < 240)).toEqual([]);
  });
});

/** Research on a real server with two cores: throughput in the closed loop. */
it.each<[Kind, size: number, perSecond: number]>([
  ['cpu', 1, 126],
  ['cpu', 3, 295],
  ['cpu', 64, 328],
  ['mixed', 1, 97],
  ['mixed', 16, 904],
  ['mixed', 64, 723],
  ['hotRows', 1, 998],
  ['hotRows', 8, 2426],
  ['hotRows', 48, 1240],
  ['sleep', 1, 87],
  ['sleep', 64, 5844],
])('the simulated server is like the measured one: %s, %i connections', (kind, size, perSecond) => {
  const { seconds } = simulate({ name: '', kind, load: { callers: 128 }, seconds: 15 }, size);
  const settled = seconds.slice(5);
  const simulated = settled.reduce((sum, { completed }) => sum + completed, 0) / settled.length;

  expect(Math.abs(simulated / perSecond - 1)).toBeLessThan(0.13);
});

it('the table of docs/explanation/pool-management.md is that of the simulation', () => {
  expect(readFileSync(PAGE, 'utf8')).toContain(comparisonTable(comparisons));
});

/** Random arrivals at a part of the best throughput. */
function openLoop(kind: Kind, part: number): Scenario {
  const most = { cpu: 328, mixed: 904, hotRows: 2426, sleep: 2700 }[kind];
  return {
    name: `${kind}, ${part * 100} % of the best`,
    kind,
    load: { perSecond: () => part * most },
    seconds: 150,
  };
}
