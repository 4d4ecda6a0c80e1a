/**
 * The value of a standard variable as written, or undefined when it is unset or empty (the OpenTelemetry
 * specification wants both treated alike).
 */
export function text(name: string): string | undefined {
  const value = process.env[name]?.trim();
  return value === '' ? undefined : value;
}

export function isTrue(name: string): boolean {
  return text(name)?.toLowerCase() === 'true';
}
