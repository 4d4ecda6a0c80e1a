/** Numbers as people read them, each with its unit. */

/** A duration: `640 µs`, `12.3 ms`, `1.25 s`, `3 min 5 s`. */
export function duration(seconds: number): string {
  if (seconds >= 3600) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  if (seconds >= 60) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  if (seconds >= 1) return `${short(seconds)} s`;
  if (seconds >= 0.001 || seconds === 0) return `${short(seconds * 1000)} ms`;
  return `${short(seconds * 1e6)} µs`;
}

export const percent = (share: number): string => `${short(share * 100)} %`;

export const perSecond = (rate: number): string => `${short(rate)}/s`;

export const count = (value: number): string => value.toLocaleString('en');

export const clock = (at: number): string => new Date(at).toLocaleTimeString('en-GB');

/** Three significant digits, without an exponent. */
const short = (value: number): string =>
  value >= 1000 ? count(Math.round(value)) : String(Number(value.toPrecision(3)));
