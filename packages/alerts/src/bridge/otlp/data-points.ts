import { readMarks } from '../marks';
import type { ExportMetricsServiceRequest } from './generated/opentelemetry/proto/collector/metrics/v1/metrics_service_pb';
import {
  DataPointFlags,
  type Metric,
  type NumberDataPoint,
} from './generated/opentelemetry/proto/metrics/v1/metrics_pb';
import type { Item } from './signal';

/** Points of gauges and sums; of histograms and the like there is no one value to tell. */
export function* pointItems(request: ExportMetricsServiceRequest): Generator<Item> {
  for (const { scopeMetrics } of request.resourceMetrics) {
    for (const { metrics } of scopeMetrics) {
      for (const metric of metrics) yield* itemsOf(metric);
    }
  }
}

function* itemsOf({ data }: Metric): Generator<Item> {
  const points = data.value?.dataPoints ?? [];
  if (data.case === 'gauge' || data.case === 'sum') {
    for (const point of data.value.dataPoints) yield itemOf(point);
  } else {
    for (const _ of points) yield 'no_number';
  }
}

function itemOf(point: NumberDataPoint): Item {
  const marks = readMarks(point.attributes);
  if (marks === undefined) return 'no_rule';
  // A series has ended: nothing is over any limit.
  if ((point.flags & DataPointFlags.NO_RECORDED_VALUE_MASK) !== 0 || point.value.case === undefined)
    return 'nothing';
  marks.annotations.set('value', String(point.value.value));
  return { ...marks, timeUnixNano: point.timeUnixNano };
}
