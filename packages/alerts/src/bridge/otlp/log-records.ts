import { z } from 'zod';
import { readMarks } from '../marks';
import { attributes, flags, hexadecimal, nanos } from './fields';
import { checked, nestedLists } from './request';
import type { Item } from './signal';

const logRecords = nestedLists('resourceLogs', 'scopeLogs', 'logRecords');
const logRecord = z.object({
  attributes,
  timeUnixNano: nanos,
  observedTimeUnixNano: nanos,
  traceId: hexadecimal,
  flags,
});

/** W3C trace context, trace flags: the lowest bit of a record's flags. */
const SAMPLED = 1;
const TRACE_ID = /^[0-9a-f]{32}$/;

export function* logItems(request: unknown): Generator<Item> {
  for (const record of logRecords(request)) {
    yield record === undefined ? 'nothing' : itemOf(checked(logRecord, record));
  }
}

function itemOf(record: z.output<typeof logRecord>): Item {
  const marks = readMarks(record.attributes);
  if (marks === undefined) return 'no_rule';
  // A link to a trace that was not sampled leads nowhere.
  const { traceId } = record;
  if ((record.flags & SAMPLED) !== 0 && TRACE_ID.test(traceId)) marks.annotations.set('trace_id', traceId);
  else marks.annotations.delete('trace_id');
  return { ...marks, timeUnixNano: record.timeUnixNano || record.observedTimeUnixNano };
}
