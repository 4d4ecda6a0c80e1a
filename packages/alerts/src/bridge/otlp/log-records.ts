import type { Breach } from '../breach';
import { readMarks } from '../marks';
import type { Encoding } from './encoding';
import type { ExportLogsServiceRequest } from './generated/opentelemetry/proto/collector/logs/v1/logs_service_pb';
import type { LogRecord } from './generated/opentelemetry/proto/logs/v1/logs_pb';
import type { Item } from './signal';

/** W3C trace context, trace flags: the lowest bit of a record's flags. */
const SAMPLED = 1;
const TRACE_ID = /^[0-9a-f]{32}$/;

export function* logItems(request: ExportLogsServiceRequest, encoding: Encoding): Generator<Item> {
  for (const { scopeLogs } of request.resourceLogs) {
    for (const { logRecords } of scopeLogs) {
      for (const record of logRecords) yield breachOf(record, encoding) ?? 'no_rule';
    }
  }
}

function breachOf(record: LogRecord, encoding: Encoding): Breach | undefined {
  const marks = readMarks(record.attributes);
  if (marks === undefined) return undefined;
  // A link to a trace that was not sampled leads nowhere.
  const traceId = encoding.idOf(record.traceId);
  if ((record.flags & SAMPLED) !== 0 && TRACE_ID.test(traceId)) marks.annotations.set('trace_id', traceId);
  else marks.annotations.delete('trace_id');
  return { ...marks, timeUnixNano: record.timeUnixNano || record.observedTimeUnixNano };
}
