import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import {
  CHANNELS,
  type CollectMessage,
  type PoolHealthMessage,
  type PoolIdentity,
  type PoolManagedMessage,
  type PoolRecoveryMessage,
  type PoolResizeMessage,
  type RetryMessage,
} from '@pg-otel/instrumentation/channels';
import { createInsights, createInsightsRoute, type Insights, type InsightsRoute } from '../src';

/** What `@pg-otel/pool` publishes about a managed pool. outage.long.test.ts has a real one. */
interface Messages {
  readonly poolHealth: PoolHealthMessage;
  readonly poolManaged: PoolManagedMessage;
  readonly poolRecovery: PoolRecoveryMessage;
  readonly poolResize: PoolResizeMessage;
  readonly retry: RetryMessage;
}

let insights: Insights;
let route: InsightsRoute;
beforeEach(() => {
  subscribe(CHANNELS.collect, addPool);
  insights = createInsights();
  route = createInsightsRoute({ insights, authorize: () => true });
});
afterEach(() => {
  insights.stop();
  unsubscribe(CHANNELS.collect, addPool);
});

const identity = { poolName: 'shop', serverAddress: 'db', serverPort: 5432, namespace: 'shop' };
function addPool(message: unknown): void {
  const counts = {
    used: 1,
    idle: 3,
    active: 1,
    connecting: 0,
    pending: 0,
    limit: 4,
    oldestPendingSeconds: 0,
  };
  (message as CollectMessage).pools.push({ ...identity, ...counts, held: [] });
}

function publish<Name extends keyof Messages>(
  name: Name,
  message: Omit<Messages[Name], keyof PoolIdentity>,
): void {
  channel(CHANNELS[name]).publish({ ...identity, ...message });
}

function changeHealth(state: PoolHealthMessage['state'], since: number, errorType?: string): void {
  const consecutiveFailures = errorType === undefined ? 0 : 3;
  publish('poolHealth', { state, previous: undefined, since, consecutiveFailures, errorType });
}

async function health(): Promise<[status: number, report: unknown]> {
  const response = await route(new Request('http://localhost/health'));
  return [response.status, await response.json()];
}

it('the health endpoint is 503 while a pool is down, and names it', async () => {
  expect(await health()).toEqual([200, { isHealthy: true, pools: [] }]);
  changeHealth('up', 1000);
  changeHealth('degraded', 2000, 'ECONNRESET');
  const degraded = { poolName: 'shop', state: 'degraded', since: 2000, errorType: 'ECONNRESET' };
  expect(await health()).toEqual([200, { isHealthy: true, pools: [degraded] }]);
  changeHealth('down', 3000, 'ECONNREFUSED');
  const down = { poolName: 'shop', state: 'down', since: 3000, errorType: 'ECONNREFUSED' };
  expect(await health()).toEqual([503, { isHealthy: false, pools: [down] }]);
  changeHealth('up', 4000);
  expect(await health()).toEqual([
    200,
    { isHealthy: true, pools: [{ poolName: 'shop', state: 'up', since: 4000 }] },
  ]);
});

it('connections have the health with its history, recoveries and retries', () => {
  changeHealth('up', 1000);
  changeHealth('down', 2000, 'ECONNREFUSED');
  publish('poolRecovery', { durationSeconds: 12, connections: 4 });
  for (const outcome of ['retried', 'retried', 'gave_up'] as const) {
    publish('retry', { attempt: 1, outcome, errorType: 'ECONNREFUSED', delaySeconds: undefined });
  }
  const { health: all, recoveries, retries } = insights.getConnectionStats();
  expect(all).toEqual([
    {
      poolName: 'shop',
      state: 'down',
      since: 2000,
      consecutiveFailures: 3,
      errorType: 'ECONNREFUSED',
      changes: [
        { at: 1000, state: 'up' },
        { at: 2000, state: 'down' },
      ],
    },
  ]);
  expect(recoveries).toEqual([{ at: expect.any(Number), poolName: 'shop', seconds: 12, connections: 4 }]);
  expect(retries).toEqual({ retried: 2, gave_up: 1 });
});

it('a pool that is no longer managed has no health', async () => {
  changeHealth('down', 1000, 'ECONNREFUSED');
  changeHealth(undefined, 1000);
  expect(insights.getConnectionStats().health).toEqual([]);
  expect((await health())[0]).toBe(200);
});

it('an outage of a pool is an alert, and ends with it', () => {
  changeHealth('down', 1000, 'ECONNREFUSED');
  const firing = () => insights.getPoolMetricsWithAlerts().alerts.map(({ name }) => name);
  expect(firing()).toContain('PostgresPoolUnhealthy');
  changeHealth('up', 2000);
  expect(firing()).toEqual([]);
});

it('a pool has its bounds, and its sizes with their reasons', () => {
  publish('poolManaged', { mode: 'act', min: 2, max: 12 });
  const size = { from: 4, to: 6, reason: 'waits', explanation: 'requests wait for 40 ms', isApplied: true };
  publish('poolResize', { ...size, figures: { meanWaitSeconds: 0.04 } });
  const [pool] = insights.getPoolMetricsWithAlerts().pools;
  expect(pool).toMatchObject({
    poolName: 'shop',
    utilization: 0.25,
    managed: { mode: 'act', min: 2, max: 12 },
  });
  expect(pool?.sizes).toEqual([{ ...size, at: expect.any(Number) }]);
});
