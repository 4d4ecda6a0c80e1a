import { table } from '../../table.mjs';
import { MEASURED } from './measure.mjs';
import { STRATEGIES, scenarioOf, simulate } from './simulation.mjs';

/** A larger difference of the gains is marked. */
const TOLERANCE = 0.1;
const FIXED = ['fixed 10', 'fixed 30'];

/** The real server next to the simulation of the same length. */
export function managedReport({ conditions, runs, factors, pace }) {
  const lines = runs.map(({ name, seconds, outcomes }) => {
    const simulated = Object.fromEntries(
      MEASURED.map((strategy) => [strategy, simulate(scenarioOf(name, pace), STRATEGIES[strategy])]),
    );
    const gains = FIXED.map((fixed) => [gain(outcomes, fixed), gain(simulated, fixed)]);
    const differ = gains.flatMap(([real, other], index) =>
      Math.abs(real - other) > TOLERANCE ? [FIXED[index]] : [],
    );
    return [
      name,
      ...MEASURED.map((strategy) => {
        const { completed, p99WaitSeconds } = outcomes[strategy];
        return `${(completed / seconds).toFixed(0)}/s, ${(p99WaitSeconds * 1000).toFixed(0)} ms`;
      }),
      ...gains.map(([real, other]) => `${percent(real)} / ${percent(other)}`),
      `${sizes(name, pace, outcomes.adaptive)} / ${sizes(name, pace, simulated.adaptive)}`,
      differ.length === 0 ? '' : `**${differ.join(', ')}**`,
    ];
  });
  const heads = [
    'scenario',
    ...MEASURED.map((strategy) => `${strategy}: throughput, p99 wait`),
    ...FIXED.map((fixed) => `adaptive against ${fixed}: server / simulation`),
    'sizes, server / simulation',
    'differs',
  ];
  const rates = Object.entries(factors).map(([kind, factor]) => `${kind} ${factor.toFixed(2)}`);
  return [
    conditions,
    `Arrivals are those of the simulation, times what this server can do compared with the simulated one: ${rates.join(', ')}.`,
    table(heads, lines),
  ].join('\n\n');
}

/** How much more the adaptive size completes. */
function gain(outcomes, fixed) {
  return outcomes.adaptive.completed / Math.max(1, outcomes[fixed].completed) - 1;
}

function sizes(name, pace, { changes }) {
  const all = [scenarioOf(name, pace).start ?? 10, ...changes.map(({ to }) => to)];
  return `${all[0]} → ${all.at(-1)} (${Math.min(...all)}–${Math.max(...all)})`;
}

const percent = (part) => `${part < 0 ? '−' : '+'}${Math.abs(part * 100).toFixed(0)} %`;
