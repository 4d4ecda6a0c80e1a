import type { Answer } from './answer';
import type { Finding, SideConnection, Subject } from './contracts';

/** Returns what is usual for the statement; `undefined` if the server keeps no statistics that this role may read. */
export async function usualFinding(
  _side: SideConnection,
  _subject: Subject,
  _answer: Answer,
): Promise<Finding | undefined> {
  return undefined;
}
