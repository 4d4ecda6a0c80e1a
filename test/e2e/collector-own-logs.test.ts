import { startOtlpCapture } from '@pg-otel/testkit';
import { startBridgeStandIn } from './collector/bridge-stand-in';
import { logRequest } from './collector/otlp-json';
import { send, startProfile } from './collector/profile';
import { describeWith, using } from './stage';

describeWith('collector')('the application’s own logs', () => {
  it('go complete to the destination of a further file, and to the bridge only as breaches', async () => {
    const bridge = await using(startBridgeStandIn());
    const logs = await using(startOtlpCapture());
    // As the comment at the top of the configuration has it.
    const further = `
exporters: {otlp_http/logs: {endpoint: "${logs.url}", sending_queue: {storage: file_storage/queue, sizer: items, queue_size: 20000}}}
service: {pipelines: {logs/own: {receivers: [otlp], processors: [memory_limiter], exporters: [otlp_http/logs]}}}`;
    const collector = await using(
      startProfile({ profile: 'single', further, env: { PG_OTEL_BRIDGE_ENDPOINT: bridge.url } }),
    );
    const slow = { 'pg_otel.operation.kind': 'query', 'pg_otel.operation.limit': 1 };
    const events = [
      { eventName: 'order.placed', body: 'thanks', attributes: { id: 7 } },
      { eventName: 'pg_otel.operation.slow', attributes: slow },
    ];
    await send(collector, 'logs', logRequest({ 'service.name': 'shop' }, events));
    expect(await bridge.waitFor(1)).toMatchObject([
      { attributes: { 'pg_otel.alert.rule': 'PostgresQuerySlow' } },
    ]);
    await logs.waitFor((capture) => capture.logs().length === 2);
    expect(logs.logs()).toMatchObject([
      {
        eventName: 'order.placed',
        body: 'thanks',
        attributes: { id: 7 },
        resource: { 'service.name': 'shop' },
      },
      { eventName: 'pg_otel.operation.slow', attributes: slow },
    ]);
  });
});
