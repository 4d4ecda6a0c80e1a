import { rounded } from '../numbers';

/**
 * A duration: `0.32 ms`, `14.1 ms`, `1.11 s`, `3 min 5 s`, `2 h 10 min`. The digits keep their places from one update to
 * the next.
 */
export function duration(seconds: number): string {
  if (seconds >= 3_600) return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
  if (seconds >= 60) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  if (seconds >= 1) return `${Number.isInteger(seconds) ? seconds : seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
  const millis = seconds * 1_000;
  return `${millis.toFixed(millis < 10 ? 2 : millis < 100 ? 1 : 0)} ms`;
}

export const percent = (share: number): string => `${rounded(share * 100)} %`;

export const perSecond = (rate: number): string => `${rounded(rate)}/s`;

/** `14:02:11` in the time zone of the terminal. */
export const clock = (at: number): string => new Date(at).toTimeString().slice(0, 8);
