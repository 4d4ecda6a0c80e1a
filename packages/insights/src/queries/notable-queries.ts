import type { OperationEndMessage } from '@pg-otel/instrumentation/channels';
import { Ring } from '../ring';
import type { Notable, NotableQuery } from './performance-metrics';

const KEPT_QUERIES = 100;

/** The queries that took longer than a threshold, also after they have left the window. */
export class NotableQueries {
  readonly #thresholdSeconds: number;
  readonly #last = new Ring<NotableQuery>(KEPT_QUERIES);
  #total = 0;

  constructor(thresholdSeconds: number) {
    this.#thresholdSeconds = thresholdSeconds;
  }

  add(message: OperationEndMessage, at: number): void {
    if (message.countedSeconds <= this.#thresholdSeconds) return;
    const { summary = '', countedSeconds, poolName, errorType, traceId, isSampled, diagnosis } = message;
    this.#total += 1;
    this.#last.add({
      summary,
      seconds: countedSeconds,
      at,
      poolName,
      errorType,
      traceId,
      isSampled,
      diagnosis,
    });
  }

  toJSON(): Notable {
    return { thresholdSeconds: this.#thresholdSeconds, total: this.#total, last: this.#last.toArray() };
  }
}
