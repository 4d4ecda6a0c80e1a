/**
 * The value of an environment variable, or undefined when it is unset or empty, which the OpenTelemetry specification
 * treats alike.
 */
export function variable(name: string): string | undefined {
  const value = process.env[name]?.trim();
  return value === '' ? undefined : value;
}

export function isTrue(name: string): boolean {
  return variable(name)?.toLowerCase() === 'true';
}
