import { pollUntil, validateCollector } from '@pg-otel/testkit';
import { type BridgeStandIn, type ReceivedBreach, startBridgeStandIn } from './collector/bridge-stand-in';
import { type Attributes, type LogEvent, logRequest, TRACE_ID } from './collector/otlp-json';
import {
  compiled,
  complaints,
  PROFILES,
  type ProfileCollector,
  SHIPPED,
  send,
  series,
  startProfile,
} from './collector/profile';
import { describeWith } from './stage';

const SERVICE = { 'service.name': 'shop', 'deployment.environment.name': 'production' };
const TARGET = { 'db.system.name': 'postgresql', 'server.address': 'db.example', 'db.namespace': 'orders' };

const slow = (limit: number, more: Attributes = {}): LogEvent => ({
  eventName: 'pg_otel.operation.slow',
  attributes: {
    ...TARGET,
    'pg_otel.operation.kind': 'query',
    'pg_otel.operation.limit': limit,
    'pg_otel.operation.elapsed': limit + 0.125,
    'pg_otel.operation.running': 3,
    'pg_otel.operation.crossings': 2,
    'db.query.summary': 'SELECT items',
    'db.client.connection.pool.name': 'main',
    ...more,
  },
});
const diagnosed = (limit: number, more: Attributes = {}): LogEvent => {
  const { 'pg_otel.operation.crossings': _, ...attributes } = slow(limit, more).attributes ?? {};
  const diagnosis = {
    'pg_otel.diagnosis': 'found',
    'pg_otel.diagnosis.reason': 'waits 4.8 s for a row of accounts',
    'pg_otel.diagnosis.certainty': 'proven',
    'pg_otel.diagnosis.kinds': ['lock', 'usual'],
    'postgresql.wait_event_type': 'Lock',
    'postgresql.wait_event': 'transactionid',
    'postgresql.blocking.pids': '{8123}',
    'pg_otel.diagnosis.blocker.trace_id': TRACE_ID,
  };
  return { eventName: 'pg_otel.operation.diagnosed', attributes: { ...attributes, ...diagnosis } };
};
const failed = (kind: string, errorType: string | undefined, more: Attributes = {}): LogEvent => ({
  eventName: 'db.client.operation.exception',
  attributes: {
    ...TARGET,
    'pg_otel.operation.kind': kind,
    ...(errorType === undefined ? {} : { 'error.type': errorType }),
    ...more,
  },
});
const recently = (failures: number, answered: boolean): Attributes => ({
  'pg_otel.operation.failures': failures,
  'pg_otel.database.answered': answered,
});
const held = (limit: number): LogEvent => ({
  eventName: 'pg_otel.connection.held',
  attributes: {
    ...TARGET,
    'db.client.connection.pool.name': 'main',
    'pg_otel.connection.held_time': 31.5,
    'pg_otel.connection.limit': limit,
    'pg_otel.connection.held_count': 4,
  },
});
/** Sent last: when it has arrived, all breaches before it have arrived as well. */
const LAST: LogEvent = failed('acquire', 'timeout', { 'db.namespace': 'last' });

const RUNBOOKS = 'https://github.com/pg-otel/pg-otel/blob/main/docs/reference/runbooks.md';
const LABELS = {
  'pg_otel.alert.label.signal': 'logs',
  'pg_otel.alert.label.service_name': 'shop',
  'pg_otel.alert.label.deployment_environment_name': 'production',
  'pg_otel.alert.label.server_address': 'db.example',
  'pg_otel.alert.label.db_namespace': 'orders',
};

/** Overrides of every kind, with values that must not be read as anything but text. */
const NASTY = `a"b\\c$d \${env:HOME} $$ 'x' {{ .Value }} %s`;
const OVERRIDDEN = `
receivers: {pager: {}, chat: {}}
notify: {critical: pager, warning: chat, info: chat}
rules:
  Slow:
    watch: slow-operation
    operations: [query, batch]
    labels: {team: ${JSON.stringify(NASTY)}, lines: "one\\ntwo\\ud83d\\ude00"}
    levels:
      - {severity: warning, over: 1s}
      - {severity: critical, over: 5s, receiver: chat}
  Acquire: {watch: slow-operation, operations: [acquire], levels: [{severity: info, over: 500ms}]}
  Failed: {watch: failed-operation, operations: [connect], levels: [{severity: critical, failures: [other]}, {severity: warning, failures: [other, timeout]}]}
  Last: {watch: failed-operation, operations: [acquire], levels: [{severity: critical, failures: [timeout]}]}
overrides:
  - {match: {service: billing, environment: production}, rules: {Slow: {levels: [{severity: critical, over: 1s}]}}}
  - {match: {database: archive}, rules: {Slow: off, Failed: off}}
  - {match: {pool: ${JSON.stringify(NASTY)}}, rules: {Slow: {levels: [{severity: info, over: 2.5s, backstop: false}]}}}
  - {match: {service: billing}, rules: {Slow: {levels: [{severity: warning, over: 5s}]}}}
`;

describeWith('collector')('the collector sends the bridge', () => {
  let bridge: BridgeStandIn;
  let collector: ProfileCollector;

  /** The breaches that the collector sends for these events. */
  async function breachesOf(
    events: readonly LogEvent[],
    resource: Attributes = SERVICE,
  ): Promise<ReceivedBreach[]> {
    const before = bridge.received.length;
    const isOfLast = ({ attributes }: ReceivedBreach) =>
      attributes['pg_otel.alert.label.db_namespace'] === 'last';
    const since = () => bridge.received.slice(before);
    expect(await send(collector, 'logs', logRequest(resource, events))).toBe(200);
    // A sentinel for each severity would need a rule for each: a pause is what is left for the other branches.
    expect(await send(collector, 'logs', logRequest(SERVICE, [LAST]))).toBe(200);
    await pollUntil(async () => since().some(isOfLast));
    await new Promise((resolve) => setTimeout(resolve, 150));
    return since().filter((breach) => !isOfLast(breach));
  }
  const named = (breaches: readonly ReceivedBreach[]) =>
    breaches
      .map(
        ({ attributes }) =>
          `${attributes['pg_otel.alert.label.severity']} ${attributes['pg_otel.alert.rule']}`,
      )
      .sort();
  const startWith = async (thresholds: string) => {
    bridge = await startBridgeStandIn();
    collector = await startProfile({
      profile: 'single',
      thresholds,
      env: { PG_OTEL_BRIDGE_ENDPOINT: bridge.url },
    });
  };
  const stop = async () => {
    await collector?.stop();
    await bridge?.stop();
  };

  describe('by the thresholds that are shipped', () => {
    beforeAll(() => startWith(SHIPPED));
    afterAll(stop);

    it.each<[string, readonly LogEvent[], readonly string[]]>([
      ['a query over 1 s', [slow(1)], ['warning PostgresQuerySlow']],
      ['a query over 5 s', [slow(5)], ['critical PostgresQuerySlow']],
      ['a batch over 1 s', [slow(1, { 'pg_otel.operation.kind': 'batch' })], ['warning PostgresQuerySlow']],
      ['a limit that no rule has', [slow(2)], []],
      ['the age in place of the limit', [slow(0.5, { 'pg_otel.operation.elapsed': 5 })], []],
      ['a long wait for the pool', [slow(5, { 'pg_otel.operation.kind': 'acquire' })], []],
      ['a long connection setup', [slow(5, { 'pg_otel.operation.kind': 'connect' })], []],
      ['a kind that does not exist', [slow(5, { 'pg_otel.operation.kind': 'querying' })], []],
      ['a refused connection', [failed('connect', 'ECONNREFUSED')], ['critical PostgresConnectionFailed']],
      [
        'one refused connection while others succeed',
        [
          failed('connect', 'ECONNREFUSED', recently(1, true)),
          failed('acquire', 'timeout', recently(2, true)),
        ],
        [],
      ],
      [
        'three refused connections within a minute',
        [failed('connect', 'ECONNREFUSED', recently(3, true))],
        ['critical PostgresConnectionFailed'],
      ],
      [
        'a refused connection where nothing succeeds',
        [failed('connect', 'ECONNREFUSED', recently(1, false))],
        ['critical PostgresConnectionFailed'],
      ],
      ['a server that starts up', [failed('connect', '57P03')], ['critical PostgresConnectionFailed']],
      ['a wrong password', [failed('connect', '28P01')], ['critical PostgresConnectionFailed']],
      ['too many connections', [failed('connect', '53300')], ['critical PostgresConnectionFailed']],
      [
        'a connection that takes too long',
        [failed('connect', 'timeout')],
        ['warning PostgresConnectionFailed'],
      ],
      ['an unknown failure', [failed('connect', 'XX000')], ['warning PostgresConnectionFailed']],
      ['part of a known failure', [failed('connect', '53300x')], ['warning PostgresConnectionFailed']],
      ['a failure without a type', [failed('connect', undefined)], ['warning PostgresConnectionFailed']],
      [
        'a request that the pool did not serve in time',
        [failed('acquire', 'timeout')],
        ['critical PostgresPoolTimeout'],
      ],
      ['another failed request', [failed('acquire', 'pool_closed')], []],
      ['a failed query', [failed('query', '42P01')], []],
      ['a connection held too long', [held(30)], ['warning PostgresConnectionHeld']],
      ['a connection held by another limit', [held(60)], []],
      ['the reason of a slow query', [diagnosed(5)], ['critical PostgresQuerySlow']],
      ['the reason of a long wait for the pool', [diagnosed(5, { 'pg_otel.operation.kind': 'acquire' })], []],
      ['the end of a slow query', [{ ...slow(5), eventName: 'pg_otel.operation.ended' }], []],
      ['a line of the application’s log', [{ eventName: '', body: 'hello' }], []],
      [
        'a failure that another library reports',
        [{ eventName: 'db.client.operation.exception', attributes: { 'error.type': 'ECONNREFUSED' } }],
        [],
      ],
      [
        'attributes that look like ours',
        [
          {
            eventName: 'x',
            attributes: { 'pg_otel.alert.rule': 'X', 'pg_otel.alert.label.severity': 'critical' },
          },
        ],
        [],
      ],
      [
        'several at once',
        [slow(1), slow(5), held(30), { eventName: 'noise' }],
        ['critical PostgresQuerySlow', 'warning PostgresConnectionHeld', 'warning PostgresQuerySlow'],
      ],
    ])('of %s', async (_, events, expected) => {
      expect(named(await breachesOf(events))).toEqual(expected);
    });

    it.each([1, 3])('once, of a request with %i services', async (services) => {
      const requests = Array.from({ length: services }, (_, index) =>
        logRequest({ 'service.name': `service-${index}` }, [slow(5)]),
      ) as { resourceLogs: object[] }[];
      const before = bridge.received.length;
      await send(collector, 'logs', { resourceLogs: requests.flatMap(({ resourceLogs }) => resourceLogs) });
      const breaches = (await bridge.waitFor(before + services)).slice(before);
      expect(breaches.map(({ attributes }) => attributes['pg_otel.alert.label.service_name']).sort()).toEqual(
        Array.from({ length: services }, (_, index) => `service-${index}`),
      );
    });

    it('of a slow query: these attributes, its trace, and nothing else', async () => {
      const [breach] = await breachesOf(
        [
          {
            ...slow(5, {
              'pg_otel.pool.wait_time': 0.25,
              'pg_otel.client.queue_time': 1.5,
              'pg_otel.response.first_row_time': 2,
              'db.query.text': 'SELECT secret',
              'db.query.parameter.0': 'secret',
              'exception.message': 'secret',
              'pg_otel.alert.label.team': 'forged',
              'enduser.id': 'secret',
            }),
            body: 'secret',
          },
        ],
        { ...SERVICE, 'host.name': 'secret', 'user.secret': 'secret' },
      );
      expect(breach).toEqual({
        signal: 'logs',
        request: expect.any(Number),
        attributes: {
          ...LABELS,
          'pg_otel.alert.rule': 'PostgresQuerySlow',
          'pg_otel.alert.label.severity': 'critical',
          'pg_otel.alert.label.db_query_summary': 'SELECT items',
          'pg_otel.alert.annotation.summary': 'A query or batch takes longer than 5 s',
          'pg_otel.alert.annotation.runbook_url': `${RUNBOOKS}#postgresqueryslow`,
          'pg_otel.alert.annotation.description': expect.stringMatching(/\.$/),
          'pg_otel.alert.annotation.dashboard_url': 'http://127.0.0.1:3000/d/pg-otel-queries',
          'pg_otel.alert.annotation.elapsed': '5.125',
          'pg_otel.alert.annotation.running': '3',
          'pg_otel.alert.annotation.crossings': '2',
          'pg_otel.alert.annotation.pool': 'main',
          'pg_otel.alert.annotation.pool_wait_time': '0.25',
          'pg_otel.alert.annotation.queue_time': '1.5',
          'pg_otel.alert.annotation.first_row_time': '2',
        },
        others: {},
        body: { stringValue: '' },
        traceId: TRACE_ID,
        flags: 0,
        value: undefined,
      });
    });

    it('of the reason of a slow query: the same alert, with the reason, and no breach', async () => {
      const service = { 'service.name': 'diagnosed' };
      const [crossed] = await breachesOf([slow(5)], service);
      const [updated] = await breachesOf([diagnosed(5)], service);
      const labels = ({ attributes = {} }: Partial<ReceivedBreach> = {}) =>
        Object.entries(attributes).filter(([name]) => !name.includes('.annotation.'));
      expect(labels(updated)).toEqual(labels(crossed));
      expect(updated?.attributes).toMatchObject({
        'pg_otel.alert.annotation.diagnosis': 'found',
        'pg_otel.alert.annotation.kind': 'lock',
        'pg_otel.alert.annotation.reason': 'waits 4.8 s for a row of accounts',
        'pg_otel.alert.annotation.certainty': 'proven',
        'pg_otel.alert.annotation.wait_event_type': 'Lock',
        'pg_otel.alert.annotation.wait_event': 'transactionid',
        'pg_otel.alert.annotation.blocking_pids': '{8123}',
        'pg_otel.alert.annotation.blocker_trace_id': TRACE_ID,
      });
      // Two crossings each: once the later ones are counted, the update would have been, too.
      await breachesOf([slow(5)], service);
      const counted = await pollUntil(async () => {
        const line = (await series(collector, 'prometheus')).find((one) =>
          /^pg_otel_threshold_breaches_total\{.*service_name="diagnosed"/.test(one),
        );
        const count = Number(line?.split(' ').at(-1));
        return count >= 4 && count;
      });
      expect(counted).toBe(4);
      const diagnoses = (await series(collector, 'prometheus')).find((one) =>
        one.startsWith('pg_otel_threshold_diagnoses_total'),
      );
      for (const label of [
        'db_namespace="orders"',
        'db_query_summary="SELECT items"',
        'pg_otel_diagnosis="found"',
        'pg_otel_diagnosis_kind="lock"',
      ]) {
        expect(diagnoses).toContain(label);
      }
    });

    it('of a sampled record that it is sampled', async () => {
      expect(await breachesOf([{ ...slow(5), sampled: true }])).toMatchObject([{ flags: 1 }]);
    });

    it('of a failure: what it means, its type and how many', async () => {
      const [breach] = await breachesOf([
        failed('connect', 'ECONNREFUSED', {
          ...recently(7, false),
          'pg_otel.operation.count': 7,
          'db.client.connection.pool.name': 'main',
          'exception.type': 'Error',
        }),
      ]);
      expect(breach?.attributes).toEqual({
        ...LABELS,
        'pg_otel.alert.rule': 'PostgresConnectionFailed',
        'pg_otel.alert.label.severity': 'critical',
        'pg_otel.alert.label.pool': 'main',
        'pg_otel.alert.label.failure': 'refused',
        'pg_otel.alert.annotation.summary': 'Connections fail (refused, authentication, too many)',
        'pg_otel.alert.annotation.runbook_url': `${RUNBOOKS}#postgresconnectionfailed`,
        'pg_otel.alert.annotation.description': expect.stringMatching(/\.$/),
        'pg_otel.alert.annotation.dashboard_url': 'http://127.0.0.1:3000/d/pg-otel-connections',
        'pg_otel.alert.annotation.error_type': 'ECONNREFUSED',
        'pg_otel.alert.annotation.count': '7',
        'pg_otel.alert.annotation.failures': '7',
        'pg_otel.alert.annotation.answered': 'false',
      });
    });

    it('of held connections: how many, and for how long', async () => {
      const [breach] = await breachesOf([held(30)]);
      expect(breach?.attributes).toEqual({
        ...LABELS,
        'pg_otel.alert.rule': 'PostgresConnectionHeld',
        'pg_otel.alert.label.severity': 'warning',
        'pg_otel.alert.label.pool': 'main',
        'pg_otel.alert.annotation.summary': 'A connection is held for longer than 30 s',
        'pg_otel.alert.annotation.runbook_url': `${RUNBOOKS}#postgresconnectionheld`,
        'pg_otel.alert.annotation.description': expect.stringMatching(/\.$/),
        'pg_otel.alert.annotation.dashboard_url': 'http://127.0.0.1:3000/d/pg-otel-pools',
        'pg_otel.alert.annotation.elapsed': '31.5',
        'pg_otel.alert.annotation.running': '4',
      });
    });

    it('nothing of what is unknown or empty', async () => {
      const [breach] = await breachesOf([failed('connect', 'ECONNREFUSED', { 'db.namespace': '' })], {});
      expect(
        Object.keys(breach?.attributes ?? {})
          .filter((name) => name.includes('.label.'))
          .sort(),
      ).toEqual(
        ['failure', 'server_address', 'severity', 'signal'].map((label) => `pg_otel.alert.label.${label}`),
      );
    });

    it('one severity with each request, and its token', async () => {
      await breachesOf([slow(1), slow(5)]);
      const severities = new Map<number, Set<unknown>>();
      for (const { request, attributes } of bridge.received) {
        const known = severities.get(request) ?? new Set();
        severities.set(request, known.add(attributes['pg_otel.alert.label.severity']));
      }
      expect([...severities.values()].filter(({ size }) => size !== 1)).toEqual([]);
      expect(new Set(bridge.authorizations)).toEqual(new Set(['Bearer none']));
    });

    it('without a complaint', () => {
      expect(complaints(collector)).toEqual([]);
    });

    it('and answers requests for its health, and how full its queues are', async () => {
      const health = await collector.fetch(`http://127.0.0.1:${collector.ports.health}/`);
      expect(health.status).toBe(200);
      const queues = (await series(collector, 'metrics'))
        .filter((line) => /^otelcol_exporter_queue_(size|capacity)\{/.test(line) && line.includes('"logs"'))
        .map(
          (line) => `${line.split('{')[0]} ${/exporter="([^"]+)"/.exec(line)?.[1]} ${line.split(' ').at(-1)}`,
        );
      expect(queues.sort()).toEqual([
        'otelcol_exporter_queue_capacity otlp_http/critical 20000',
        'otelcol_exporter_queue_capacity otlp_http/warning 20000',
        'otelcol_exporter_queue_size otlp_http/critical 0',
        'otelcol_exporter_queue_size otlp_http/warning 0',
      ]);
    });

    it('and Prometheus how often each rule was broken', async () => {
      const resource = { ...SERVICE, 'service.name': 'counted' };
      await breachesOf([slow(1), slow(1, { 'pg_otel.operation.crossings': 0 }), slow(1), held(30)], resource);
      await breachesOf(
        [failed('connect', '28P01'), failed('connect', '28P01', { 'pg_otel.operation.count': 9 })],
        resource,
      );
      const counted = (await series(collector, 'prometheus')).filter((line) => line.includes('"counted"'));
      const lines = counted.map((line) => {
        const [, rule] = /pg_otel_alert_rule="(\w+)"/.exec(line) ?? [];
        const [, severity] = /pg_otel_alert_severity="(\w+)"/.exec(line) ?? [];
        return `${line.split('{')[0]} ${severity} ${rule} ${line.split(' ').at(-1)}`;
      });
      expect(lines.sort()).toEqual([
        'pg_otel_threshold_breaches_total critical PostgresConnectionFailed 10',
        'pg_otel_threshold_breaches_total warning PostgresConnectionHeld 1',
        'pg_otel_threshold_breaches_total warning PostgresQuerySlow 4',
      ]);
      expect(counted[0]).toContain('deployment_environment_name="production"');
    });
  });

  describe('by overrides', () => {
    beforeAll(() => startWith(OVERRIDDEN));
    afterAll(stop);

    const billing = { 'service.name': 'billing', 'deployment.environment.name': 'production' };
    const staging = { 'service.name': 'billing', 'deployment.environment.name': 'staging' };
    it.each<[string, readonly LogEvent[], Attributes, readonly string[]]>([
      ['a service of none', [slow(1), slow(5), slow(2.5)], SERVICE, ['critical Slow', 'warning Slow']],
      ['a service and environment', [slow(1), slow(5)], billing, ['critical Slow']],
      ['a service elsewhere', [slow(1), slow(5)], staging, ['warning Slow']],
      [
        'a service without an environment',
        [slow(1), slow(5)],
        { 'service.name': 'billing' },
        ['warning Slow'],
      ],
      ['nobody in particular', [slow(1)], {}, ['warning Slow']],
      [
        'a database where it is off',
        [slow(1, { 'db.namespace': 'archive' }), failed('connect', 'x', { 'db.namespace': 'archive' })],
        SERVICE,
        [],
      ],
      [
        'a database where it is off, but an earlier override fits',
        [slow(1, { 'db.namespace': 'archive' })],
        billing,
        ['critical Slow'],
      ],
      [
        'a pool',
        [1, 2.5, 5].map((limit) => slow(limit, { 'db.client.connection.pool.name': NASTY })),
        SERVICE,
        ['info Slow'],
      ],
      ['a pool of another name', [slow(2.5, { 'db.client.connection.pool.name': `${NASTY}x` })], SERVICE, []],
      [
        'both severities of one failure',
        [failed('connect', 'XX000')],
        SERVICE,
        ['critical Failed', 'warning Failed'],
      ],
      ['one of them', [failed('connect', 'ETIMEDOUT')], SERVICE, ['warning Failed']],
      [
        'a wait for the pool',
        [slow(0.5, { 'pg_otel.operation.kind': 'acquire' })],
        SERVICE,
        ['info Acquire'],
      ],
    ])('of %s', async (_, events, resource, expected) => {
      expect(named(await breachesOf(events, resource))).toEqual(expected);
    });

    it('the user’s labels to the letter, and the level’s receiver', async () => {
      const [breach] = await breachesOf([slow(5)]);
      expect(breach?.attributes).toMatchObject({
        'pg_otel.alert.label.team': NASTY,
        'pg_otel.alert.label.lines': 'one\ntwo😀',
        'pg_otel.alert.label.receiver': 'chat',
      });
    });

    it('without a complaint', () => {
      expect(complaints(collector)).toEqual([]);
    });
  });

  it.each(PROFILES)('after %s was found valid', (profile) => {
    for (const thresholds of [SHIPPED, OVERRIDDEN]) {
      expect(validateCollector([{ text: compiled(profile, thresholds) }])).toEqual({ code: 0, output: '' });
    }
  });
});
