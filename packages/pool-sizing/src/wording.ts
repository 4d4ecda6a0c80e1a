import type { Wait } from './queueing';
import type { Interval, WaitFigure } from './waits';

/** Seconds for a sentence: `380 ms`, `5.2 s`. */
export function inWords(seconds: WaitFigure): string {
  if (seconds === 'saturated') return 'without end (saturated)';
  if (typeof seconds === 'object') return `${one(seconds.low)} to ${one(seconds.high)}`;
  return one(seconds);
}

export function isInterval(figure: WaitFigure | number): figure is Interval {
  return typeof figure === 'object';
}

/** A number with at most three significant digits and no exponent. */
export function rounded(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en-US', {
    maximumSignificantDigits: 3,
    useGrouping: false,
  });
}

function one(seconds: Wait): string {
  if (seconds === 'saturated') return 'without end';
  return seconds < 1 ? `${rounded(seconds * 1000)} ms` : `${rounded(seconds)} s`;
}
