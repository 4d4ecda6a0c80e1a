import type { metrics } from '@opentelemetry/sdk-node';
import { requireSdk } from '../sdk/require-sdk';
import { wordOf } from '../settings/settings';

/**
 * How the OTLP exporter reports instruments of a type, by `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`. The exporter
 * answers the same, but is not loaded when instruments are created.
 * @see https://opentelemetry.io/docs/specs/otel/metrics/sdk_exporters/otlp/#additional-environment-variable-configuration
 */
export function preferredTemporality(): metrics.AggregationTemporalitySelector {
  const { AggregationTemporality, InstrumentType } = requireSdk('@opentelemetry/sdk-metrics');
  const { CUMULATIVE, DELTA } = AggregationTemporality;
  const { COUNTER, HISTOGRAM, OBSERVABLE_UP_DOWN_COUNTER, UP_DOWN_COUNTER } = InstrumentType;
  switch (wordOf('OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE')) {
    case 'delta':
      return (type) => (type === UP_DOWN_COUNTER || type === OBSERVABLE_UP_DOWN_COUNTER ? CUMULATIVE : DELTA);
    case 'lowmemory':
      return (type) => (type === COUNTER || type === HISTOGRAM ? DELTA : CUMULATIVE);
    default:
      return () => CUMULATIVE;
  }
}
