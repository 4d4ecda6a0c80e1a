import { BridgeMetrics } from './metrics';

describe('the metrics', () => {
  it('are in the text format of Prometheus', () => {
    const metrics = new BridgeMetrics();
    metrics.add('deliveries_total', { destination: 'webhook', endpoint: 'a"\\\nb', outcome: 'accepted' });
    metrics.add('deliveries_total', { destination: 'webhook', endpoint: 'a"\\\nb', outcome: 'accepted' }, 2);
    metrics.set('requests_in_flight', 3);
    metrics.set('requests_in_flight', 1);
    const text = metrics.text();
    expect(text).toContain(
      '\n# TYPE pg_otel_bridge_deliveries_total counter\n' +
        'pg_otel_bridge_deliveries_total{destination="webhook",endpoint="a\\"\\\\\\nb",outcome="accepted"} 3\n',
    );
    expect(text).toMatch(
      /\n# TYPE pg_otel_bridge_requests_in_flight gauge\npg_otel_bridge_requests_in_flight 1\n$/,
    );
  });
});
