/** A JSON parameter as the text that is sent to Postgres: json.rs, json_to_pg_text. */
export function parameterText(value: unknown): string | null {
  if (value === null || typeof value === 'string') return value;
  return Array.isArray(value) ? arrayLiteral(value) : JSON.stringify(value);
}

/** An array in the syntax of Postgres. Its elements may have several types, because Postgres reads all from text. */
function arrayLiteral(values: readonly unknown[]): string {
  return `{${values.map(element).join(',')}}`;
}

function element(value: unknown): string {
  if (value === null) return 'NULL';
  if (Array.isArray(value)) return arrayLiteral(value);
  // An object becomes JSON, which is then quoted as an element.
  return JSON.stringify(typeof value === 'object' ? JSON.stringify(value) : value);
}
