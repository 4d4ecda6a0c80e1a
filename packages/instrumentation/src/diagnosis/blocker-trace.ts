import type { SpanContext } from '@opentelemetry/api';
import { COMMENT, END, Lexer } from '../sql/lexer';
import type { Session } from './answer';
import type { OwnKnowledge } from './contracts';

/**
 * Returns the span that a session belongs to; `undefined` if it is not known. Of this process's sessions, it is the span of
 * the running operation, or of the caller that has checked the connection out. Of others, it is the one in the comment of
 * their current or last statement.
 */
export function blockerTrace({ pid, port, text }: Session, own: OwnKnowledge): SpanContext | undefined {
  // A prepared transaction has no session.
  if (pid === 0) return undefined;
  const session = own.session(pid, port);
  const known = session?.running?.spanContext ?? session?.holder;
  return known ?? (text === undefined ? undefined : commentedTrace(text));
}

/** sqlcommenter's `traceparent` of W3C version 00, percent-encoded or not. */
const TRACEPARENT = /traceparent='00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})'/;
const INVALID = /^0*$/;

/** Reads the comments before and after a statement. Others, and texts that look like comments, may be data. */
function commentedTrace(text: string): SpanContext | undefined {
  const lexer = new Lexer(text);
  const leading: string[] = [];
  let trailing: string[] = [];
  let hasBegun = false;
  for (let kind = lexer.next(); kind !== END; kind = lexer.next()) {
    const token = text.slice(lexer.start, lexer.end);
    if (kind === COMMENT && !lexer.isOpen) (hasBegun ? trailing : leading).push(token);
    else if (token !== ';') {
      hasBegun = true;
      trailing = [];
    }
  }
  return spanContextOf([...leading, ...trailing].join());
}

function spanContextOf(comments: string): SpanContext | undefined {
  const [, traceId = '', spanId = '', flags = ''] = TRACEPARENT.exec(comments) ?? [];
  if (INVALID.test(traceId) || INVALID.test(spanId)) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
}
