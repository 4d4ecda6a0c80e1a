import { type Comparison, STRATEGIES, type StrategyName } from './comparison';
import { turnsOf } from './outcome';

const names = Object.keys(STRATEGIES) as StrategyName[];

/** Throughput as a part of that of the best fixed size, and the p99 wait, as Markdown. */
export function comparisonTable(comparisons: readonly Comparison[]): string {
  const heads = ['scenario', 'best fixed size', ...names, 'adaptive: sizes', 'turns'];
  const lines = comparisons.map(({ scenario, best, outcomes }) => {
    const { changes } = outcomes.adaptive;
    const sizes = [scenario.start ?? 10, ...changes.map(({ to }) => to)];
    return [
      scenario.name,
      `${best.size}: ${(best.completed / scenario.seconds).toFixed(0)}/s`,
      ...names.map((name) => {
        const { completed, p99WaitSeconds } = outcomes[name];
        return `${((completed / best.completed) * 100).toFixed(1)} %, ${milliseconds(p99WaitSeconds)}`;
      }),
      shortened(sizes),
      String(turnsOf(outcomes.adaptive).length),
    ];
  });
  return [heads, heads.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** The first and the last, and the extremes between them. */
function shortened(sizes: readonly number[]): string {
  const [first] = sizes;
  const last = sizes.at(-1);
  if (sizes.length <= 6) return sizes.join(' → ');
  return `${first} → … → ${last} (${Math.min(...sizes)}–${Math.max(...sizes)})`;
}

function milliseconds(seconds: number): string {
  const value = seconds * 1000;
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}
