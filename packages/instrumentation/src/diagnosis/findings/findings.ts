import type { Answer } from '../answer';
import type { Finding, OwnKnowledge, SideFailure, Subject } from '../contracts';

/** Returns what an answer shows about one operation of its question, the most helpful finding first. */
export function findingsOf(_answer: Answer, _subject: Subject, _own: OwnKnowledge): Finding[] {
  return [];
}

/** Returns what a question without an answer shows: for example, that the server has no connection slots left. */
export function findingsOfFailure(_failure: SideFailure): Finding[] {
  return [];
}
