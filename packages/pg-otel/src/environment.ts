import { warn } from './warnings';

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

export function list(name: string): string[] {
  const entries =
    text(name)
      ?.split(',')
      .map((entry) => entry.trim()) ?? [];
  return [...new Set(entries.filter((entry) => entry !== ''))];
}

/** A number above zero; anything else is told and the default taken, as a bad setting must not stop the application. */
export function positiveNumber(name: string, unit: string, fallback: number): number {
  const written = text(name);
  if (written === undefined) return fallback;
  const value = Number(written);
  if (value > 0 && Number.isFinite(value)) return value;
  badSetting(name, `a number of ${unit} greater than 0`, written, String(fallback));
  return fallback;
}

/** One of a few words; anything else is told and the default taken. */
export function oneOf<Word extends string>(name: string, words: readonly Word[], fallback: Word): Word {
  const written = text(name);
  if (written === undefined) return fallback;
  if (words.includes(written as Word)) return written as Word;
  badSetting(name, words.join(', '), written, fallback);
  return fallback;
}

export function badSetting(name: string, accepted: string, written: string, used: string): void {
  warn(
    'PG_OTEL_SETTING',
    `${name} must be ${accepted}, got ${JSON.stringify(written)} (from the environment); using ${used}`,
  );
}
