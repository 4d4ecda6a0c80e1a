import { z } from 'zod';
import { readMarks } from '../marks';
import { attributes, flags, nanos, value } from './fields';
import { checked, nestedLists } from './request';
import type { Item } from './signal';

const metrics = nestedLists('resourceMetrics', 'scopeMetrics', 'metrics');
const points = z.object({ dataPoints: z.array(z.unknown()).nullish() }).nullish();
const metric = z.object({
  gauge: points,
  sum: points,
  histogram: points,
  exponentialHistogram: points,
  summary: points,
});
const numberDataPoint = z.object({ attributes, timeUnixNano: nanos, flags, ...value });

const NO_RECORDED_VALUE = 1;

/** Points of gauges and sums; histograms and summaries have no single value. */
export function* pointItems(request: unknown): Generator<Item> {
  for (const found of metrics(request)) {
    yield 'nothing';
    if (found === undefined) continue;
    const { gauge, sum, ...others } = checked(metric, found);
    for (const point of (gauge ?? sum)?.dataPoints ?? []) yield itemOf(checked(numberDataPoint, point ?? {}));
    for (const other of Object.values(others)) {
      for (const _ of other?.dataPoints ?? []) yield 'no_number';
    }
  }
}

function itemOf(point: z.output<typeof numberDataPoint>): Item {
  const marks = readMarks(point.attributes);
  if (marks === undefined) return 'no_rule';
  const number = point.asDouble ?? point.asInt ?? undefined;
  // A series has ended: nothing is over any limit.
  if ((point.flags & NO_RECORDED_VALUE) !== 0 || number === undefined) return 'nothing';
  marks.annotations.set('value', String(number));
  return { ...marks, timeUnixNano: point.timeUnixNano };
}
