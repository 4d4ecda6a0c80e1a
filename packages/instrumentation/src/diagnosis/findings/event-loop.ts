import type { Subject } from '../contracts';
import { duration } from './words';

/** A shorter block explains nothing. */
const MIN_DELAY_SECONDS = 0.1;

/** Describes how long the event loop was blocked, after a statement that this process does not read; may be empty. */
export function eventLoopClause({ eventLoopDelaySeconds }: Subject): string {
  if (eventLoopDelaySeconds < MIN_DELAY_SECONDS) return '';
  return `; the event loop of this process was blocked for ${duration(eventLoopDelaySeconds)}`;
}
