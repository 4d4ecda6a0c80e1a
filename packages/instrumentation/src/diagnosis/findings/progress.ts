import type { Backend } from '../answer';
import type { Finding, Subject } from '../contracts';
import { eventLoopClause } from './event-loop';
import { statementOf } from './session';
import { code, duration, forDuration } from './words';

/** The usual difference between an age in this process and in the server, from delays of the network and of both. */
const TOLERANCE_SECONDS = 0.3;
/** The greatest difference: a question that takes longer has no answer. */
const MAX_DELAY_SECONDS = 2;

/** Where an operation is, if the server does not execute it; `undefined` if it does. */
type Progress = { readonly finding: Finding | undefined } | undefined;

/** Compares what a session does with the age of its operation. */
export function progressOf(backend: Backend, subject: Subject): Progress {
  const { state } = backend;
  if (state?.startsWith('idle')) return { finding: idleFinding(backend, subject) };
  // Hidden by `track_activities`: only the wait event is visible.
  if (state === undefined || state === 'disabled') return undefined;
  if (backend.isSameText) return undefined;
  // The port proves the session. What it executes is a query before this operation, or after its end.
  const isEarlier = !subject.isPaced && isOlder(backend.querySeconds, subject.ageSeconds + TOLERANCE_SECONDS);
  return { finding: isEarlier ? earlierQuery(backend) : undefined };
}

function idleFinding(backend: Backend, subject: Subject): Finding | undefined {
  const { isSameText, querySeconds, stateSeconds, proof } = backend;
  const { ageSeconds, isPaced } = subject;
  // The consumer of a cursor may leave it open after the last row.
  if (isPaced || querySeconds === undefined || stateSeconds === undefined) return undefined;
  if (isSameText && hasSpan(backend, subject)) return answered(querySeconds, stateSeconds, subject);
  // A pooler may still queue the operation, while another client has executed the same text.
  if (proof === 'candidate') return undefined;
  if (isSameText && !isOlder(querySeconds, ageSeconds + TOLERANCE_SECONDS)) {
    // What ended before the operation began was an earlier execution of the same text.
    return stateSeconds < ageSeconds
      ? answered(querySeconds, stateSeconds, subject)
      : notExecuted(stateSeconds, subject);
  }
  // In between, it may be the answer to this operation, or the end of an earlier one.
  if (!isOlder(stateSeconds, ageSeconds + MAX_DELAY_SECONDS)) return undefined;
  return {
    kind: 'not_arrived',
    certainty: 'proven',
    sentence: `the server has not received it: its session has been idle for ${duration(stateSeconds)}`,
  };
}

/** Whether the text of the session, with its comment, contains the span of the operation: no other execution has it. */
function hasSpan({ text }: Backend, { spanContext }: Subject): boolean {
  return spanContext !== undefined && text?.includes(`-${spanContext.spanId}-`) === true;
}

function isOlder(seconds: number | undefined, thanSeconds: number): boolean {
  return seconds !== undefined && seconds > thanSeconds;
}

function answered(querySeconds: number, stateSeconds: number, subject: Subject): Finding {
  const serverTime = duration(querySeconds - stateSeconds);
  return {
    kind: 'answered_unread',
    certainty: 'proven',
    sentence: `the server answered after ${serverTime}, ${duration(stateSeconds)} ago; this process has not read the answer${eventLoopClause(subject)}`,
  };
}

/**
 * A session that is idle since about the time when the operation began. If it executed the same text before, both look
 * the same.
 */
function notExecuted(stateSeconds: number, subject: Subject): Finding {
  return {
    kind: 'not_executed',
    certainty: 'proven',
    sentence: `the server does not execute it: its session has been idle for ${duration(stateSeconds)}, because the answer is not read here, or the query has not arrived${eventLoopClause(subject)}`,
  };
}

function earlierQuery(backend: Backend): Finding {
  const statement = statementOf(backend);
  const query = statement === undefined ? 'an earlier query' : `an earlier query, ${code(statement)},`;
  return {
    kind: 'not_arrived',
    certainty: 'proven',
    sentence: `the server has not started it: its session has been running ${query}${forDuration(backend.querySeconds)}`,
  };
}
