import { type OtlpCapture, pollUntil, startOtlpCapture } from '@pg-otel/testkit';
import { type BridgeStandIn, startBridgeStandIn } from './collector/bridge-stand-in';
import { gaugeRequest, keyValues, logRequest } from './collector/otlp-json';
import { type ProfileCollector, send, series, startProfile } from './collector/profile';
import { crashAndRestart } from './servers/crash';
import { describeWith, using } from './stage';

const SERVICE = {
  'service.name': 'shop',
  'service.instance.id': 'shop-1',
  'deployment.environment.name': 'test',
};
const SLOW = {
  eventName: 'pg_otel.operation.slow',
  attributes: {
    'pg_otel.operation.kind': 'query',
    'pg_otel.operation.limit': 5,
    'pg_otel.operation.crossings': 2,
  },
};

let traces = 0;
/** A trace of one span of a query. */
function traceRequest(name: string, seconds: number, failed = false): object {
  const end = BigInt(Date.now()) * 1_000_000n;
  const span = {
    ...{ name, kind: 3, traceId: (++traces).toString(16).padStart(32, 'a'), spanId: 'b7ad6b7169203331' },
    ...{ startTimeUnixNano: `${end - BigInt(seconds * 1e9)}`, endTimeUnixNano: `${end}` },
    ...{ attributes: keyValues({ 'db.system.name': 'postgresql' }), status: failed ? { code: 2 } : {} },
  };
  return {
    resourceSpans: [{ resource: { attributes: keyValues(SERVICE) }, scopeSpans: [{ spans: [span] }] }],
  };
}

describeWith('collector')('an agent and a gateway', () => {
  let bridge: BridgeStandIn;
  let store: OtlpCapture;
  let gateway: ProfileCollector;
  beforeEach(async () => {
    bridge = await using(startBridgeStandIn());
    store = await using(startOtlpCapture());
    // The store of traces that stands in here speaks HTTP only.
    const further = `
exporters: {otlp_http/store: {endpoint: "${store.url}"}}
service: {pipelines: {traces: {exporters: [otlp_http/store]}}}`;
    const env = { OTELCOL_SAMPLING_WAIT: '1s', OTELCOL_SAMPLING_PERCENTAGE: '0' };
    gateway = await using(startProfile({ profile: 'gateway', further, env }));
  });
  const startAgent = () =>
    using(
      startProfile({
        profile: 'agent',
        env: { PG_OTEL_BRIDGE_ENDPOINT: bridge.url, GATEWAY_ENDPOINT: `127.0.0.1:${gateway.ports.grpc}` },
      }),
    );

  it('alert at the agent, also while there is no gateway', async () => {
    const agent = await startAgent();
    await gateway.kill();
    await send(agent, 'logs', logRequest(SERVICE, [SLOW]));
    const [alert] = await bridge.waitFor(1);
    expect(alert?.attributes).toMatchObject({
      'pg_otel.alert.rule': 'PostgresQuerySlow',
      'pg_otel.alert.label.severity': 'critical',
      'pg_otel.alert.label.service_name': 'shop',
    });
  });

  it('show Prometheus the counts of alerts of each agent, and metrics with the labels of their service', async () => {
    const agents = [await startAgent(), await startAgent()];
    for (const agent of agents) await send(agent, 'logs', logRequest(SERVICE, [SLOW]));
    await send(
      agents[0] as ProfileCollector,
      'metrics',
      gaugeRequest(SERVICE, [{ name: 'pg_otel.connection.utilization', value: 0.5 }]),
    );
    const counts = await pollUntil(async () => {
      const found = (await series(gateway, 'prometheus')).filter((line) =>
        line.startsWith('pg_otel_threshold_breaches_total'),
      );
      return found.length === 2 && found;
    });
    for (const line of counts) {
      expect(line).toMatch(/pg_otel_alert_rule="PostgresQuerySlow",pg_otel_alert_severity="critical".* 2$/);
      expect(line).toContain('service_name="shop"');
    }
    const instances = counts.map((line) => /instance="([^"]+)"/.exec(line)?.[1]);
    expect(new Set(instances).size).toBe(2);
    const gauge = await pollUntil(async () =>
      (await series(gateway, 'prometheus')).find((line) =>
        line.startsWith('pg_otel_connection_utilization_ratio'),
      ),
    );
    for (const label of [
      'service_name="shop"',
      'deployment_environment_name="test"',
      'instance="shop-1"',
      'job="shop"',
    ]) {
      expect(gauge).toContain(label);
    }
  });

  it('keep the traces of slow and failed queries', async () => {
    const agent = await startAgent();
    await send(agent, 'traces', traceRequest('quick', 0.5));
    await send(agent, 'traces', traceRequest('slow', 1.5));
    await send(agent, 'traces', traceRequest('failed', 0.5, true));
    await store.waitFor(({ spans }) => spans().length === 2, 20_000);
    expect(
      store
        .spans()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['failed', 'slow']);
  });

  it('lose no trace while the gateway is away and the agent crashes', async () => {
    const agent = await startAgent();
    await gateway.kill();
    await send(agent, 'traces', traceRequest('slow', 1.5));
    await crashAndRestart(agent);
    await gateway.restart();
    await store.waitFor(({ spans }) => spans().some(({ name }) => name === 'slow'), 30_000);
  });
});
