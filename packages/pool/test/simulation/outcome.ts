import type { Outcome } from './simulate';

/** The longest mean wait of a second, from this second on. */
export function waitFrom({ seconds }: Outcome, from: number): number {
  return Math.max(
    ...seconds.slice(from).map(({ waits, waitSeconds }) => (waits === 0 ? 0 : waitSeconds / waits)),
  );
}

/** When the size of the first process changed its direction. */
export function turnsOf({ changes }: Outcome): number[] {
  const directions = changes.map(({ from, to }) => Math.sign(to - from));
  return changes
    .filter((_, index) => index > 0 && directions[index] !== directions[index - 1])
    .map(({ at }) => at);
}
