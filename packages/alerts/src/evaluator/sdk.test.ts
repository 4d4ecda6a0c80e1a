import { metrics } from '@opentelemetry/sdk-node';
import { parseThresholds } from '../thresholds/parse';
import { createEvaluator } from './evaluator';

class Reader extends metrics.MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

const { CUMULATIVE, DELTA } = metrics.AggregationTemporality;

it.each([
  { name: 'cumulative: all of it', temporality: CUMULATIVE, fired: ['Pool', 'Target'] },
  { name: 'delta: no histogram, which would be no sum', temporality: DELTA, fired: ['Pool'] },
])(
  'evaluates metrics from a metric reader of the OpenTelemetry SDK: $name',
  async ({ temporality, fired }) => {
    const reader = new Reader({ aggregationTemporalitySelector: () => temporality });
    const provider = new metrics.MeterProvider({ readers: [reader] });
    const meter = provider.getMeter('test');
    const database = { 'db.namespace': 'orders' };
    meter
      .createObservableGauge('pg_otel.connection.utilization')
      .addCallback((result) => result.observe(0.9, database));
    const duration = meter.createHistogram('db.client.operation.duration', {
      advice: { explicitBucketBoundaries: [0.01, 0.05, 1] },
    });
    for (let count = 0; count < 19; count++) duration.record(0.05, database);
    duration.record(0.06, database);

    const evaluator = createEvaluator(
      parseThresholds(`receivers: {pager: {}}
notify: {info: pager, warning: pager, critical: pager}
rules:
  Pool: {watch: pool-utilization, levels: [{severity: warning, over: 80%}]}
  Target: {watch: share-within, operations: [query], levels: [{severity: warning, within: 50ms, share: 96%}]}`),
    );
    const { resourceMetrics } = await reader.collect();
    evaluator.collect(resourceMetrics, Date.now());
    expect(
      evaluator.alerts(Date.now()).map(({ labels, annotations }) => [labels, annotations['value']]),
    ).toEqual(
      fired.map((alertname) => [
        expect.objectContaining({ alertname, db_namespace: 'orders' }),
        alertname === 'Pool' ? '90%' : '95% within 50ms',
      ]),
    );
    await provider.shutdown();
  },
);
