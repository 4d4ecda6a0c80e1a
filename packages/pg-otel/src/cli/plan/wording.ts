import type { Bound, Interval, Wait, WaitFigure } from '@pg-otel/pool-sizing';
import { rounded } from '../numbers';

export function percent(share: number | Interval): string {
  if (typeof share === 'number') return `${rounded(share * 100)} %`;
  const [low, high] = [share.low, share.high === 'saturated' ? 1 : share.high].map((end) =>
    rounded(end * 100),
  );
  return low === high ? `${low} %` : `${low} to ${high} %`;
}

/** A wait for a sentence: `0 ms`, `12.3 ms`, `1.2 s`, `12 ms to 1.2 s`, `saturated`. */
export function duration(figure: WaitFigure): string {
  if (typeof figure === 'object') {
    const [low, high] = [duration(figure.low), duration(figure.high)];
    return low === high ? low : `${low} to ${high}`;
  }
  if (figure === 'saturated') return figure;
  if (figure < 1) return `${figure < 5e-6 ? 0 : rounded(figure * 1_000)} ms`;
  return `${rounded(figure)} s`;
}

/** The rule that decided the size, in words. */
export const BOUNDS: Readonly<Record<Bound, string>> = {
  wait: 'the p99 wait',
  utilisation: 'at most 80 % in use',
  request: 'what one request asks for at once',
  cpu: 'the server’s cores',
  environment: 'a size the environment fixes',
  'environment-least': 'the least of the environment',
  'environment-most': 'the most of the environment',
  server: 'the share of the server’s connections',
  override: 'set by you',
};

/** The upper bound of a wait. */
export function worst(figure: WaitFigure): Wait {
  return typeof figure === 'object' ? figure.high : figure;
}
