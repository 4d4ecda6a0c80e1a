/** Pieces of the OpenTelemetry Transformation Language, as a collector's configuration contains them. */

/**
 * A string literal. OTTL reads Go's escapes, which include JSON's except for lone surrogates. The collector expands
 * `${…}` as a variable anywhere, and reads `$$` as a dollar sign.
 */
export function text(value: string): string {
  const wellFormed = Buffer.from(value).toString();
  const printable = JSON.stringify(wellFormed).replace(
    /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return printable.replaceAll('$', '$$$$');
}

/** A number literal. OTTL accepts no exponent without a decimal point, so it is written without one. */
export function number(value: number): string {
  const written = String(value);
  return written.includes('e') ? value.toFixed(12).replace(/\.?0+$/, '') : written;
}

/** A regular expression (RE2) that matches the whole value. */
export function wholeValue(pattern: string): string {
  return text(`^(?:${pattern})$`);
}

export const log = (attribute: string): string => `log.attributes[${text(attribute)}]`;
export const datapoint = (attribute: string): string => `datapoint.attributes[${text(attribute)}]`;
export const resource = (attribute: string): string => `resource.attributes[${text(attribute)}]`;

export function allOf(conditions: readonly string[]): string {
  return conditions.length === 0 ? 'true' : conditions.join(' and ');
}

/** In parentheses if there are several, so that `allOf` can contain it. */
export function anyOf(conditions: readonly string[]): string {
  return conditions.length === 1 ? conditions.join() : `(${conditions.join(' or ')})`;
}

/** Each condition is on its own line, since they are long. */
export function noneOf(conditions: readonly string[]): string {
  return `not (\n  ${conditions.join('\n  or ')}\n)`;
}

/**
 * Sets one field. Since v0.161, `set` of a missing value clears the target, and a condition on a missing value fails
 * with a line in the log: so `where` guards values that may be missing.
 */
export function set(target: string, value: string, where: readonly string[] = []): string {
  return `set(${target}, ${value})${where.length === 0 ? '' : ` where ${allOf(where)}`}`;
}
