/** Pieces of the OpenTelemetry Transformation Language, as they stand in a collector's configuration. */

/**
 * A string literal. OTTL reads Go's escapes, which JSON's are but for lone surrogates; the collector itself takes
 * `${…}` for a variable wherever it stands, and `$$` for a dollar sign.
 */
export function text(value: string): string {
  const wellFormed = Buffer.from(value).toString();
  const printable = JSON.stringify(wellFormed).replace(
    /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return printable.replaceAll('$', '$$$$');
}

/** A number literal: OTTL's have no exponent without a point, and none of ours needs one. */
export function number(value: number): string {
  const written = String(value);
  return written.includes('e') ? value.toFixed(12).replace(/\.?0+$/, '') : written;
}

/** A regular expression (RE2) that fits the whole value. */
export function wholeValue(pattern: string): string {
  return text(`^(?:${pattern})$`);
}

export const log = (attribute: string): string => `log.attributes[${text(attribute)}]`;
export const datapoint = (attribute: string): string => `datapoint.attributes[${text(attribute)}]`;
export const resource = (attribute: string): string => `resource.attributes[${text(attribute)}]`;

export function allOf(conditions: readonly string[]): string {
  return conditions.length === 0 ? 'true' : conditions.join(' and ');
}

/** In parentheses where it is more than one, so that it can stand within `allOf`. */
export function anyOf(conditions: readonly string[]): string {
  return conditions.length === 1 ? (conditions[0] as string) : `(${conditions.join(' or ')})`;
}

export function noneOf(conditions: readonly string[]): string {
  return `not (${conditions.join(' or ')})`;
}

/**
 * Sets one field. Since v0.161 a `set` of what is missing empties the target, and a condition that cannot be told
 * drops the statement with a line in the log: so `where` guards whatever may be missing.
 */
export function set(target: string, value: string, where: readonly string[] = []): string {
  return `set(${target}, ${value})${where.length === 0 ? '' : ` where ${allOf(where)}`}`;
}
