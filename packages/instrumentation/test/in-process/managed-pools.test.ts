import { channel } from 'node:diagnostics_channel';
import { context, diag, trace } from '@opentelemetry/api';
import { type Recorder, startRecorder } from '@pg-otel/testkit';
import { PostgresInstrumentation } from '../../src';
import {
  CHANNELS,
  type PoolHealthMessage,
  type PoolIdentity,
  type PoolResizeMessage,
  type RetryMessage,
} from '../../src/channels';

let recorder: Recorder;
let instrumentation: PostgresInstrumentation;

beforeEach(() => {
  recorder = startRecorder();
  instrumentation = new PostgresInstrumentation();
  instrumentation.setTracerProvider(recorder.tracerProvider);
  instrumentation.setMeterProvider(recorder.meterProvider);
  instrumentation.setLoggerProvider(recorder.loggerProvider);
});

afterEach(async () => {
  instrumentation.disable();
  await recorder.shutdown();
});

const SHOP: PoolIdentity = {
  poolName: 'shop',
  serverAddress: 'db.example.com',
  serverPort: 6432,
  namespace: 'shop',
};
const ofShop = {
  'db.system.name': 'postgresql',
  'db.namespace': 'shop',
  'server.address': 'db.example.com',
  'server.port': 6432,
  'db.client.connection.pool.name': 'shop',
};

const publish = (name: keyof typeof CHANNELS, message: object) => channel(CHANNELS[name]).publish(message);
const health = (change: Partial<PoolHealthMessage>) =>
  publish('poolHealth', {
    ...SHOP,
    state: 'up',
    previous: undefined,
    since: 0,
    consecutiveFailures: 0,
    errorType: undefined,
    ...change,
  } satisfies PoolHealthMessage);
const resize = (change: Partial<PoolResizeMessage> = {}) =>
  publish('poolResize', {
    ...SHOP,
    from: 10,
    to: 15,
    reason: 'waits',
    explanation: 'requests waited 40 ms, the target is 25 ms',
    figures: { meanWaitSeconds: 0.04, utilisation: 1 },
    isApplied: true,
    ...change,
  } satisfies PoolResizeMessage);
const retry = (change: Partial<RetryMessage>) =>
  publish('retry', {
    ...SHOP,
    attempt: 1,
    outcome: 'retried',
    errorType: '40001',
    delaySeconds: 0.1,
    ...change,
  } satisfies RetryMessage);

const points = async (name: string) =>
  (await recorder.points())
    .filter((point) => point.name === name)
    .map(({ value, count, attributes }) => ({ value, ...(count !== undefined && { count }), attributes }));

describe('the health of a managed pool', () => {
  it('is a gauge of the current state: 0 when the pool is down, otherwise 1', async () => {
    const value = async () => (await points('pg_otel.connection.health'))[0]?.value;
    expect(await value()).toBeUndefined();
    health({});
    expect(await points('pg_otel.connection.health')).toEqual([{ value: 1, attributes: ofShop }]);
    health({ state: 'degraded', previous: 'up' });
    expect(await value()).toBe(1);
    health({ state: 'down', previous: 'degraded' });
    expect(await value()).toBe(0);
    expect(await value()).toBe(0);
  });

  it('is 1 for the last time when the pool is no longer managed, so that no alert keeps firing', async () => {
    health({ state: 'down' });
    expect(await points('pg_otel.connection.health')).toEqual([{ value: 0, attributes: ofShop }]);
    health({ state: undefined, previous: 'down' });
    expect(await points('pg_otel.connection.health')).toEqual([{ value: 1, attributes: ofShop }]);
  });

  it('is kept when the options of the instrumentation change', async () => {
    health({ state: 'down' });
    instrumentation.setConfig({ slowAfter: [3] });
    expect(await points('pg_otel.connection.health')).toEqual([{ value: 0, attributes: ofShop }]);
  });

  it('is a log event at each change', () => {
    health({});
    health({ state: 'down', previous: 'up', consecutiveFailures: 3, errorType: 'ECONNREFUSED' });
    health({ state: 'up', previous: 'down' });
    health({ state: undefined, previous: 'up' });
    expect(recorder.events()).toMatchObject([
      {
        name: 'pg_otel.connection.health.changed',
        severity: 13,
        body: 'The health of pool shop is down after 3 failures in a row (ECONNREFUSED), was up',
        attributes: {
          ...ofShop,
          'pg_otel.connection.health.state': 'down',
          'pg_otel.connection.health.previous': 'up',
          'pg_otel.connection.health.failures': 3,
          'error.type': 'ECONNREFUSED',
        },
      },
      {
        name: 'pg_otel.connection.health.changed',
        severity: 9,
        body: 'The health of pool shop is up, was down',
      },
    ]);
  });

  it('is a log event when the pool starts down', () => {
    health({ state: 'down', consecutiveFailures: 1, errorType: '28P01' });
    expect(recorder.events()).toMatchObject([
      { body: 'The health of pool shop is down after a failure (28P01)' },
    ]);
  });

  it('changes more often than 20 times a second without a flood of events', () => {
    for (let change = 0; change < 100; change += 1) {
      health({ state: 'degraded', previous: 'up', consecutiveFailures: change });
    }
    expect(recorder.events()).toHaveLength(20);
    instrumentation.forceFlush();
    expect(recorder.events().slice(20)).toMatchObject([
      { attributes: { 'pg_otel.operation.count': 80, 'pg_otel.connection.health.failures': 99 } },
    ]);
  });

  it('has the durations of its checks, failed ones apart', async () => {
    publish('poolHealthCheck', { ...SHOP, durationSeconds: 0.25, errorType: undefined });
    publish('poolHealthCheck', { ...SHOP, durationSeconds: 5, errorType: 'timeout' });
    expect(await points('pg_otel.connection.health_check.duration')).toEqual([
      { value: 0.25, count: 1, attributes: ofShop },
      { value: 5, count: 1, attributes: { ...ofShop, 'error.type': 'timeout' } },
    ]);
  });

  it('has the durations of its recoveries', async () => {
    publish('poolRecovery', { ...SHOP, durationSeconds: 12.5, connections: 4 });
    expect(await points('pg_otel.connection.recovery.duration')).toEqual([
      { value: 12.5, count: 1, attributes: ofShop },
    ]);
  });
});

describe('the size of a managed pool', () => {
  it('is counted by reason, with the last limit as advice', async () => {
    resize();
    resize({ from: 15, to: 23 });
    resize({ from: 23, to: 18, reason: 'server-saturated' });
    expect(await points('pg_otel.pool.resizes')).toEqual([
      { value: 2, attributes: { ...ofShop, 'pg_otel.pool.resize.reason': 'waits' } },
      { value: 1, attributes: { ...ofShop, 'pg_otel.pool.resize.reason': 'server-saturated' } },
    ]);
    expect(await points('pg_otel.pool.advised_limit')).toEqual([{ value: 18, attributes: ofShop }]);
  });

  it('is a log event with the figures that decided', () => {
    resize();
    expect(recorder.events()).toMatchObject([
      {
        name: 'pg_otel.pool.resized',
        severity: 9,
        body: 'The limit of pool shop was raised from 10 to 15: requests waited 40 ms, the target is 25 ms',
        attributes: {
          ...ofShop,
          'pg_otel.pool.resize.from': 10,
          'pg_otel.pool.resize.to': 15,
          'pg_otel.pool.resize.reason': 'waits',
          'pg_otel.pool.resize.applied': true,
          'pg_otel.pool.resize.explanation': 'requests waited 40 ms, the target is 25 ms',
          'pg_otel.pool.resize.figure.mean_wait_seconds': 0.04,
          'pg_otel.pool.resize.figure.utilisation': 1,
        },
      },
    ]);
  });

  it('is advice when it was not applied', () => {
    resize({ to: 8, isApplied: false, explanation: 'the pool is idle' });
    expect(recorder.events()).toMatchObject([
      { body: 'Advice for pool shop: lower the limit from 10 to 8: the pool is idle' },
    ]);
  });
});

describe('a retry', () => {
  it('is counted by outcome and class, with or without a pool', async () => {
    retry({});
    retry({ attempt: 2, outcome: 'recovered' });
    publish('retry', { attempt: 3, outcome: 'gave_up', errorType: '40P01' });
    expect(await points('pg_otel.retry.attempts')).toEqual([
      { value: 1, attributes: { ...ofShop, 'error.type': '40001', 'pg_otel.retry.outcome': 'retried' } },
      { value: 1, attributes: { ...ofShop, 'error.type': '40001', 'pg_otel.retry.outcome': 'recovered' } },
      {
        value: 1,
        attributes: {
          'db.system.name': 'postgresql',
          'error.type': '40P01',
          'pg_otel.retry.outcome': 'gave_up',
        },
      },
    ]);
  });

  it('is an event on the span of the caller', () => {
    const span = recorder.tracerProvider.getTracer('test').startSpan('POST /orders');
    context.with(trace.setSpan(context.active(), span), () => retry({}));
    span.end();
    expect(recorder.spans()).toMatchObject([
      {
        events: [
          {
            name: 'pg_otel.retry',
            attributes: {
              'pg_otel.retry.attempt': 1,
              'pg_otel.retry.outcome': 'retried',
              'pg_otel.retry.delay': 0.1,
              'error.type': '40001',
            },
          },
        ],
      },
    ]);
  });
});

it('replaces names in messages that may contain credentials', async () => {
  jest.spyOn(process, 'emitWarning').mockImplementation();
  const secret = 'postgres://app:hunter2@db/shop';
  health({ poolName: secret, namespace: secret, state: 'down', previous: 'up' });
  const emitted = JSON.stringify([await recorder.points(), recorder.events()]);
  expect(emitted).toContain('[unparsable]');
  expect(emitted).not.toContain('hunter2');
});

it('survives a message that it cannot read', () => {
  const error = jest.spyOn(diag, 'error').mockImplementation();
  channel(CHANNELS.poolHealth).publish(null);
  channel(CHANNELS.poolResize).publish({ ...SHOP, to: 3, figures: undefined });
  expect(error).toHaveBeenCalledWith(expect.stringContaining('a message of a managed pool'));
});

it('reports nothing while the instrumentation is disabled', async () => {
  instrumentation.disable();
  health({ state: 'down' });
  retry({});
  expect(await recorder.points()).toEqual([]);
  expect(recorder.events()).toEqual([]);
});

it.each([
  ['two instrumentations', () => PostgresInstrumentation],
  [
    'two copies of the package',
    () => {
      let Copy = PostgresInstrumentation;
      jest.isolateModules(() => {
        Copy = require('../../src').PostgresInstrumentation;
      });
      expect(Copy).not.toBe(PostgresInstrumentation);
      return Copy;
    },
  ],
])('counts each message once with %s', async (_, load) => {
  jest.spyOn(process, 'emitWarning').mockImplementation();
  const second = new (load())();
  second.setMeterProvider(recorder.meterProvider);
  retry({});
  expect(await points('pg_otel.retry.attempts')).toMatchObject([{ value: 1 }]);
  second.disable();
});
