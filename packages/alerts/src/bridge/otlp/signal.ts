import { create } from '@bufbuild/protobuf';
import type { Breach } from '../breach';
import { pointItems } from './data-points';
import type { Encoding } from './encoding';
import {
  ExportLogsServiceRequestSchema,
  ExportLogsServiceResponseSchema,
} from './generated/opentelemetry/proto/collector/logs/v1/logs_service_pb';
import {
  ExportMetricsServiceRequestSchema,
  ExportMetricsServiceResponseSchema,
} from './generated/opentelemetry/proto/collector/metrics/v1/metrics_service_pb';
import { logItems } from './log-records';

/** A log record or data point: a breach, nothing to tell, or why it will never be an alert. */
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
  /** @throws {Undecodable} */
  read(body: Buffer, encoding: Encoding): Iterable<Item>;
  /** The answer to what was taken, as a whole or without those. */
  response(rejected: Rejected | undefined, encoding: Encoding): Buffer;
}

export const signals: Readonly<Record<string, Signal>> = {
  '/v1/logs': {
    name: 'logs',
    items: 'log records',
    read: (body, encoding) => logItems(encoding.decode(ExportLogsServiceRequestSchema, body), encoding),
    response: (rejected, encoding) =>
      encoding.encode(
        ExportLogsServiceResponseSchema,
        create(ExportLogsServiceResponseSchema, {
          partialSuccess: rejected && {
            rejectedLogRecords: BigInt(rejected.count),
            errorMessage: rejected.message,
          },
        }),
      ),
  },
  '/v1/metrics': {
    name: 'metrics',
    items: 'data points',
    read: (body, encoding) => pointItems(encoding.decode(ExportMetricsServiceRequestSchema, body)),
    response: (rejected, encoding) =>
      encoding.encode(
        ExportMetricsServiceResponseSchema,
        create(ExportMetricsServiceResponseSchema, {
          partialSuccess: rejected && {
            rejectedDataPoints: BigInt(rejected.count),
            errorMessage: rejected.message,
          },
        }),
      ),
  },
};
