import { counted } from '../../numbers';
import type { Style } from '../../paint';
import { duration } from '../format';
import { fitting } from '../width';
import type { Panel } from './panel';

/** The panels below stay in place while changes come. */
const ROWS = 3;
const STYLES: Readonly<Record<string, Style>> = { up: 'green', degraded: 'yellow', down: 'red' };
const RETRIES = { retried: 'retried', recovered: 'recovered by a retry', gave_up: 'gave up' } as const;

/** Health, recoveries, retries and sizes of managed pools; nothing for other pools. */
export const healthPanel: Panel = ({ data }, width, paint) => {
  const { health, recoveries, retries } = data.connections;
  if (health.length === 0) return [];
  const ago = (at: number) => duration(Math.max(0, data.collectedAt - at) / 1_000);
  const states = health.map(({ poolName, state, since, errorType }) =>
    paint(
      STYLES[state] ?? 'bold',
      `${poolName} ${state} for ${ago(since)}${errorType === undefined || state === 'up' ? '' : ` (${errorType})`}`,
    ),
  );
  const meanSeconds = recoveries.reduce((sum, { seconds }) => sum + seconds, 0) / recoveries.length;
  const figures = [
    ...(recoveries.length > 0
      ? [`${counted(recoveries.length, 'recovery', 'recoveries')} after ${duration(meanSeconds)} on average`]
      : []),
    ...Object.entries(RETRIES).flatMap(([outcome, words]) => {
      const count = retries[outcome as keyof typeof RETRIES];
      return count === undefined ? [] : [`${count} × ${words}`];
    }),
  ];
  const changes = [
    ...health.flatMap(({ poolName, changes }) =>
      changes.map(({ at, state }) => ({ at, text: `${poolName} is ${state}` })),
    ),
    ...data.pools.pools.flatMap(({ sizes }) =>
      sizes.map(({ at, explanation, isApplied }) => ({
        at,
        text: `${isApplied ? '' : 'advice: '}${explanation}`,
      })),
    ),
  ]
    .sort((one, other) => one.at - other.at)
    .slice(-ROWS)
    .map(({ at, text }) => `${ago(at)} ago  ${text}`);
  while (changes.length < ROWS) changes.push('');
  return [
    `${paint('bold', 'Health')}  ${states.join('  ')}`,
    paint('dim', figures.join(' · ')),
    ...changes,
  ].map((line) => fitting(line, width));
};
