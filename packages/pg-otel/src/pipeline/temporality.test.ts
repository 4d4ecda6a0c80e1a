import { requireSdk } from '../sdk/require-sdk';
import { preferredTemporality } from './temporality';

const name = 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE';
afterEach(() => {
  delete process.env[name];
});

it.each([undefined, '', 'cumulative', 'delta', 'Delta', 'lowmemory', 'LOWMEMORY', 'unknown'])(
  'with the preference %s, instruments of each type are reported as the exporter asks',
  (preference) => {
    if (preference !== undefined) process.env[name] = preference;
    const { InstrumentType } = requireSdk('@opentelemetry/sdk-metrics');
    const { OTLPMetricExporter } = requireSdk('@opentelemetry/exporter-metrics-otlp-proto') as {
      OTLPMetricExporter: new () => { selectAggregationTemporality: (type: unknown) => unknown };
    };
    const exporter = new OTLPMetricExporter();
    const ours = preferredTemporality();
    for (const type of Object.values(InstrumentType)) {
      expect([type, ours(type)]).toEqual([type, exporter.selectAggregationTemporality(type)]);
    }
  },
);
