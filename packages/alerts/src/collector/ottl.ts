/** Pieces of the OpenTelemetry Transformation Language, as a collector's configuration contains them. */

/**
 * A string literal. OTTL reads Go's escapes, which include those of JSON except for lone surrogates. The collector expands
 * `${…}` as a variable everywhere, and reads `$$` as a dollar sign.
 */
export function text(value: string): string {
  const wellFormed = Buffer.from(value).toString();
  const printable = JSON.stringify(wellFormed).replace(
    /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return printable.replaceAll('$', '$$$$');
}

/** A number literal without an exponent, because OTTL accepts exponents only after a decimal point. */
export function number(value: number): string {
  const written = String(value);
  return written.includes('e') ? value.toFixed(12).replace(/\.?0+$/, '') : written;
}

/** A regular expression (RE2) that matches the whole value. */
export const wholeValue = (pattern: string) => text(`^(?:${pattern})$`);

export const log = (attribute: string) => `log.attributes[${text(attribute)}]`;
export const datapoint = (attribute: string) => `datapoint.attributes[${text(attribute)}]`;
export const resource = (attribute: string) => `resource.attributes[${text(attribute)}]`;

/** Compares a path with a value; by default for equality. */
export function is(path: string, value: string | number | boolean, operator = '=='): string {
  const literal = typeof value === 'string' ? text(value) : typeof value === 'number' ? number(value) : value;
  return `${path} ${operator} ${literal}`;
}

/** The conditions for a path that is not empty. */
export const isText = (path: string) => [`IsString(${path})`, `${path} != ""`];

export const allOf = (conditions: readonly string[]) => conditions.join(' and ');

/** Joins conditions by `or`. Several are in parentheses, so that `allOf` can contain them. */
export const anyOf = (conditions: readonly string[]) =>
  conditions.length === 1 ? conditions.join() : `(${conditions.join(' or ')})`;

/** Negates all conditions, one on each line. */
export const noneOf = (conditions: readonly string[]) => `not (\n  ${conditions.join('\n  or ')}\n)`;

/**
 * Sets one field. Use `where` to exclude missing values: since v0.161, `set` of a missing value clears the target, and a
 * condition on a missing value logs an error.
 */
export function set(target: string, value: string, where: readonly string[] = []): string {
  return `set(${target}, ${value})${where.length === 0 ? '' : ` where ${allOf(where)}`}`;
}
