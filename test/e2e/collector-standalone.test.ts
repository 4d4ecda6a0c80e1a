import { setTimeout as sleep } from 'node:timers/promises';
import { type BridgeStandIn, type ReceivedBreach, startBridgeStandIn } from './collector/bridge-stand-in';
import { type Attributes, type GaugePoint, gaugeRequest, logRequest } from './collector/otlp-json';
import { complaints, type ProfileCollector, send, startProfile } from './collector/profile';
import { describeWith } from './stage';

const SERVICE = {
  'service.name': 'shop',
  'deployment.environment.name': 'production',
  'host.name': 'secret',
};
const point = (name: string, value: number, more: Partial<GaugePoint> = {}): GaugePoint => ({
  name: `pg_otel.connection.${name}`,
  value,
  attributes: {
    'db.system.name': 'postgresql',
    'server.address': 'db.example',
    'db.namespace': 'orders',
    'db.client.connection.pool.name': 'main',
  },
  ...more,
});

const THRESHOLDS = `
receivers: {pager: {}}
notify: {critical: pager, warning: pager, info: pager}
rules:
  Full:
    watch: pool-utilization
    levels: [{severity: warning, over: 80%, for: 1m}, {severity: critical, over: 95%, labels: {team: "it's $HOME"}}]
  Waiting: {watch: pool-waiting, levels: [{severity: warning, over: 500ms}]}
  Unhealthy: {watch: pool-unhealthy, levels: [{severity: critical}]}
  Slow: {watch: slow-operation, operations: [query], levels: [{severity: warning, over: 1s}]}
overrides:
  - {match: {service: batch}, rules: {Full: off, Waiting: {levels: [{severity: info, over: 30s}]}}}
  - {match: {pool: spare}, rules: {Full: {levels: [{severity: warning, over: 99%}]}}}
`;

describeWith('collector')('without Prometheus the collector sends the bridge', () => {
  let bridge: BridgeStandIn;
  let collector: ProfileCollector;
  beforeAll(async () => {
    bridge = await startBridgeStandIn();
    collector = await startProfile({
      profile: 'standalone',
      thresholds: THRESHOLDS,
      env: { PG_OTEL_BRIDGE_ENDPOINT: bridge.url },
    });
  });
  afterAll(async () => {
    await collector?.stop();
    await bridge?.stop();
  });

  async function breachesOf(
    points: readonly GaugePoint[],
    resource: Attributes = SERVICE,
  ): Promise<ReceivedBreach[]> {
    const before = bridge.received.length;
    expect(await send(collector, 'metrics', gaugeRequest(resource, points))).toBe(200);
    await sleep(400);
    return bridge.received.slice(before);
  }

  const batch = { 'service.name': 'batch' };
  const ofPool = (pool: string) => ({ attributes: { 'db.client.connection.pool.name': pool } });
  it.each<[string, readonly GaugePoint[], Attributes, readonly string[]]>([
    ['a pool at 80 %', [point('utilization', 0.8)], SERVICE, []],
    ['a pool at 85 %', [point('utilization', 0.85)], SERVICE, ['warning Full 0.85']],
    ['a pool at 97 %', [point('utilization', 0.97)], SERVICE, ['critical Full 0.97', 'warning Full 0.97']],
    [
      'a full pool, as an integer',
      [point('utilization', 1, { asInt: true })],
      SERVICE,
      ['critical Full 1', 'warning Full 1'],
    ],
    ['a request that waits', [point('pending.oldest', 0.75)], SERVICE, ['warning Waiting 0.75']],
    ['a request that waits a little', [point('pending.oldest', 0.5)], SERVICE, []],
    ['an unhealthy pool', [point('health', 0)], SERVICE, ['critical Unhealthy 0']],
    [
      'an unhealthy pool, as an integer',
      [point('health', 0, { asInt: true })],
      SERVICE,
      ['critical Unhealthy 0'],
    ],
    ['a healthy pool', [point('health', 1), point('health', 1, { asInt: true })], SERVICE, []],
    ['another gauge', [point('use.oldest', 100)], SERVICE, []],
    ['a service where it is off', [point('utilization', 1)], batch, []],
    [
      'a service with its own levels',
      [point('pending.oldest', 1), point('pending.oldest', 31)],
      batch,
      ['info Waiting 31'],
    ],
    ['a pool with its own levels', [point('utilization', 0.97, ofPool('spare'))], SERVICE, []],
  ])('of %s', async (_, points, resource, expected) => {
    const breaches = (await breachesOf(points, resource)).map(
      ({ attributes, value }) =>
        `${attributes['pg_otel.alert.label.severity']} ${attributes['pg_otel.alert.rule']} ${value}`,
    );
    expect(breaches.sort()).toEqual(expected);
  });

  it('these attributes and nothing else', async () => {
    const forged = { 'pg_otel.alert.label.team': 'forged', 'user.secret': 'secret' };
    const full = point('utilization', 1);
    const breaches = await breachesOf([{ ...full, attributes: { ...full.attributes, ...forged } }]);
    expect(
      breaches.find(({ attributes }) => attributes['pg_otel.alert.label.severity'] === 'critical'),
    ).toEqual({
      signal: 'metrics',
      request: expect.any(Number),
      attributes: {
        'pg_otel.alert.rule': 'Full',
        'pg_otel.alert.label.severity': 'critical',
        'pg_otel.alert.label.signal': 'metrics',
        'pg_otel.alert.label.team': "it's $HOME",
        'pg_otel.alert.label.service_name': 'shop',
        'pg_otel.alert.label.deployment_environment_name': 'production',
        'pg_otel.alert.label.server_address': 'db.example',
        'pg_otel.alert.label.db_namespace': 'orders',
        'pg_otel.alert.label.pool': 'main',
        'pg_otel.alert.annotation.summary': 'More than 95 % of a pool is in use',
        'pg_otel.alert.annotation.description': expect.stringContaining('Requests wait'),
      },
      others: {},
      body: undefined,
      traceId: undefined,
      flags: 0,
      value: 1,
    });
  });

  it('of slow queries as with Prometheus', async () => {
    const before = bridge.received.length;
    const attributes = { 'pg_otel.operation.kind': 'query', 'pg_otel.operation.limit': 1 };
    await send(collector, 'logs', logRequest(SERVICE, [{ eventName: 'pg_otel.operation.slow', attributes }]));
    const [breach] = (await bridge.waitFor(before + 1)).slice(before);
    expect(breach?.attributes).toMatchObject({ 'pg_otel.alert.rule': 'Slow' });
  });

  it('without a complaint', () => {
    expect(complaints(collector)).toEqual([]);
  });
});

describeWith('collector')('where no rule needs logs or metrics', () => {
  it.each(['single', 'standalone', 'agent'] as const)('%s takes them all the same', async (profile) => {
    const collector = await startProfile({
      profile,
      thresholds: 'receivers: {chat: {}}\nnotify: {critical: chat, warning: chat, info: chat}\nrules: {}\n',
    });
    try {
      const answers = [
        await send(collector, 'logs', logRequest(SERVICE, [{ eventName: 'x' }])),
        await send(collector, 'metrics', gaugeRequest(SERVICE, [point('utilization', 1)])),
      ];
      expect(answers).toEqual([200, 200]);
    } finally {
      await collector.stop();
    }
  });
});
