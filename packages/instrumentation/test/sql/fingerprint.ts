import { fingerprintSync } from 'libpg-query';

/** Equal for statements that differ in their constants only; undefined when PostgreSQL cannot parse the text. */
export function fingerprint(text: string): string | undefined {
  try {
    return fingerprintSync(text);
  } catch {
    return undefined;
  }
}
