import { duration, fitting, paint } from '../draw.mjs';

/** The panels below stay in place while changes come. */
const ROWS = 4;
const COLOURS = { up: 'green', degraded: 'yellow', down: 'red' };

/**
 * The health of a managed pool: its state, recoveries and retries, and the last changes; nothing for other pools.
 *
 * @param now milliseconds since 1970
 */
export function healthPanel({ managedPool }, width, now) {
  const { changes, health, recoveries, retries } = managedPool;
  if (health === undefined && changes.length === 0) return [];
  const state =
    health === undefined
      ? ''
      : paint(COLOURS[health.state], `${health.state} for ${duration(Math.max(0, now - health.at))}`);
  const counted = [
    ...(recoveries.count > 0
      ? [`${recoveries.count} recovered, after ${duration(recoveries.meanMillis)} on average`]
      : []),
    ...[...retries].map(([outcome, count]) => `${count} × ${outcome.replace('_', ' ')}`),
  ];
  const shown = changes.slice(-ROWS).map(({ at, body }) => `${duration(now - at)} ago  ${body}`);
  while (shown.length < ROWS) shown.push('');
  return [`${paint('bold', 'Health')}  ${state}`, paint('dim', counted.join(' · ')), ...shown, ''].map(
    (line) => fitting(line, width),
  );
}
