import type { Answer } from '../answer';
import type { Finding, SideConnection, Subject } from '../contracts';

/** Returns what the plan of the statement shows; `undefined` if nothing, or if the plan must not be asked for. */
export async function planFinding(
  _side: SideConnection,
  _subject: Subject,
  _answer: Answer,
): Promise<Finding | undefined> {
  return undefined;
}
