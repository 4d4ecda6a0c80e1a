/** A parameter as it is sent to Postgres: json.rs, json_to_pg_text. */
export function parameterText(value: unknown): string | null {
  if (value === null || typeof value === 'string') return value;
  return Array.isArray(value) ? arrayLiteral(value) : JSON.stringify(value);
}

/** Elements may be of several types: Postgres reads all of them from text. */
function arrayLiteral(values: readonly unknown[]): string {
  return `{${values.map(element).join(',')}}`;
}

function element(value: unknown): string {
  if (value === null) return 'NULL';
  if (Array.isArray(value)) return arrayLiteral(value);
  // An object is the text of its JSON, quoted once more.
  return JSON.stringify(typeof value === 'object' ? JSON.stringify(value) : value);
}
