/** The maximum lengths of labels and annotations, in UTF-16 code units. Bridge and evaluator truncate to the same lengths. */
export const MAX_LABEL_CHARS = 1024;
export const MAX_ANNOTATION_CHARS = 4096;

/** Returns the text, truncated with `…` if it is too long. */
export function bounded(text: string, mostChars: number): string {
  if (text.length <= mostChars) return text;
  // Does not split a surrogate pair.
  return `${text.slice(0, mostChars - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** Formats 0.8 as `80 %`. */
export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(12))} %`;
}

/** Formats 0.05 as `50 ms`. */
export function seconds(value: number): string {
  return value < 1 ? `${Number((value * 1000).toPrecision(12))} ms` : `${value} s`;
}

const UNITS = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const;

/** Formats a duration for PromQL, names of recordings and configurations, such as `90s`, `5m` or `1h`. Rounded to milliseconds. */
export function duration(seconds: number): string {
  const millis = Math.round(seconds * 1000);
  if (millis === 0) return '0s';
  const [unit, size] = UNITS.find(([, of]) => millis % of === 0) ?? UNITS[3];
  return `${millis / size}${unit}`;
}
