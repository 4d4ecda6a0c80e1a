/** The longest label and annotation of an alert, in UTF-16 code units: the same at the bridge and in the evaluator. */
export const MOST_LABEL_CHARS = 1024;
export const MOST_ANNOTATION_CHARS = 4096;

/** The text, or its beginning and `…`. */
export function bounded(text: string, mostChars: number): string {
  if (text.length <= mostChars) return text;
  // Not through the middle of a character of two code units.
  return `${text.slice(0, mostChars - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** 0.8 as `80 %`. */
export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(12))} %`;
}

/** 0.05 as `50 ms`. */
export function seconds(value: number): string {
  return value < 1 ? `${Number((value * 1000).toPrecision(12))} ms` : `${value} s`;
}
