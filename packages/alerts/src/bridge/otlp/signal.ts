import type { Breach } from '../breach';
import { pointItems } from './data-points';
import { logItems } from './log-records';

/** A log record or data point: a breach, nothing to report, or why it will never be an alert. */
export type Item = Breach | 'nothing' | 'no_rule' | 'no_number';

/** What was not taken, and never will be. */
export interface Rejected {
  readonly count: number;
  readonly message: string;
}

export interface Signal {
  readonly name: 'logs' | 'metrics';
  /** What is counted, for messages. */
  readonly items: string;
  /** One item at a time, so that the reader may pause between two. @throws {Undecodable} */
  read(request: unknown): Iterable<Item>;
  /** The answer to what was taken, as a whole or without those. */
  response(rejected: Rejected | undefined): object;
}

export const signals: Readonly<Record<string, Signal>> = {
  '/v1/logs': {
    name: 'logs',
    items: 'log records',
    read: logItems,
    response: partialSuccess('rejectedLogRecords'),
  },
  '/v1/metrics': {
    name: 'metrics',
    items: 'data points',
    read: pointItems,
    response: partialSuccess('rejectedDataPoints'),
  },
};

/** 64-bit integers are text. */
function partialSuccess(countField: string): Signal['response'] {
  return (rejected) =>
    rejected === undefined
      ? {}
      : { partialSuccess: { [countField]: String(rejected.count), errorMessage: rejected.message } };
}
