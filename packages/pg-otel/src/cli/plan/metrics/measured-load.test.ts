import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import {
  type PrometheusSample,
  type PrometheusStandIn,
  repository,
  startPrometheusStandIn,
} from '@pg-otel/testkit';
import type { MetricsSource } from '../arguments';
import { loadOf, measure } from './measured-load';

// A stand-in for Prometheus with fixed results. The end-to-end tests check the queries.
let prometheus: PrometheusStandIn;
beforeAll(async () => {
  prometheus = await startPrometheusStandIn();
});
beforeEach(() => prometheus.clear());
afterAll(() => prometheus.stop());

const source = (more: Partial<MetricsSource> = {}): MetricsSource => ({
  url: new URL(prometheus.url),
  window: '1d',
  step: '1m',
  pool: undefined,
  service: undefined,
  ...more,
});

const POOLS =
  'sum by (job, db_client_connection_pool_name, db_namespace, server_address) ' +
  '(increase(db_client_connection_use_time_seconds_count[1d]))';
const OF_SHOP = '{job="orders",db_client_connection_pool_name="shop"}';
const CHECKOUTS = `sum(increase(db_client_connection_use_time_seconds_count${OF_SHOP}[1d]))`;
const QUERIES = {
  pools: POOLS,
  peakCheckoutsPerSecond: `max_over_time(sum(rate(db_client_connection_use_time_seconds_count${OF_SHOP}[1m]))[1d:1m])`,
  useTimeSeconds: `sum(increase(db_client_connection_use_time_seconds_sum${OF_SHOP}[1d])) / ${CHECKOUTS}`,
  useTimeBuckets: `sum by (le) (increase(db_client_connection_use_time_seconds_bucket${OF_SHOP}[1d]))`,
  processes: `quantile_over_time(0.5, count(sum by (instance) (rate(db_client_connection_use_time_seconds_count${OF_SHOP}[1m])) > 0)[1d:1m])`,
  queriesPerCheckout: `sum(increase(db_client_operation_duration_seconds_count{job="orders",db_namespace="store",server_address="db"}[1d])) / ${CHECKOUTS}`,
};

const pool = (name: string, job: string, value = 1000): PrometheusSample => ({
  labels: {
    job,
    db_client_connection_pool_name: name,
    db_namespace: 'store',
    server_address: 'db',
  },
  value,
});
const one = (value: number): PrometheusSample[] => [{ labels: {}, value }];
const bucket = (le: string, value: number): PrometheusSample => ({ labels: { le }, value });

const answers = () => ({
  [QUERIES.pools]: [pool('shop', 'orders')],
  [QUERIES.peakCheckoutsPerSecond]: one(240),
  [QUERIES.useTimeSeconds]: one(0.012),
  // Exponential times: the share up to a is 1 − e^(−a / 0.012).
  [QUERIES.useTimeBuckets]: [
    bucket('0.01', 1000 * (1 - Math.exp(-0.01 / 0.012))),
    // Prometheus 3 writes the edge 1 as `1.0`, and Prometheus 2 the edge 10 as `10`.
    bucket('1.0', 1000),
    bucket('10', 1000),
    bucket('+Inf', 1000),
  ],
  [QUERIES.processes]: one(3.4),
  [QUERIES.queriesPerCheckout]: one(2.5),
});

it('sends the queries of docs/reference/plan.md', () => {
  const page = readFileSync(path.join(repository, 'docs/reference/plan.md'), 'utf8');
  const queries = [...page.matchAll(/```promql\n(.*)\n```/g)].map(([, query]) => query);
  expect(queries.sort()).toEqual(Object.values(QUERIES).sort());
});

it('asks for each figure, and reads it', async () => {
  prometheus.answers = answers();
  const measured = await measure(source());
  expect(measured).toEqual({
    url: prometheus.url,
    pool: 'shop',
    service: 'orders',
    window: '1d',
    step: '1m',
    figures: {
      peakCheckoutsPerSecond: 240,
      useTimeSeconds: 0.012,
      useTimeVariability: expect.closeTo(1, 3),
      queriesPerCheckout: 2.5,
      processes: 3,
    },
    queries: QUERIES,
  });
  expect(prometheus.requests.map(({ query }) => query).sort()).toEqual(Object.values(QUERIES).sort());
});

it('takes a request for one checkout', async () => {
  prometheus.answers = answers();
  expect(loadOf(await measure(source()))).toEqual({
    peakCheckoutsPerSecond: 240,
    useTimeSeconds: 0.012,
    useTimeVariability: expect.closeTo(1, 3),
    queriesPerCheckout: 2.5,
    queriesPerRequest: 2.5,
  });
});

it('leaves out figures that the metrics do not have', async () => {
  prometheus.answers = {
    ...answers(),
    [QUERIES.useTimeBuckets]: [],
    [QUERIES.processes]: [],
    [QUERIES.queriesPerCheckout]: one(Number.NaN),
  };
  const measured = await measure(source());
  expect(measured.figures).toEqual({
    peakCheckoutsPerSecond: 240,
    useTimeSeconds: 0.012,
    useTimeVariability: null,
    queriesPerCheckout: null,
    processes: null,
  });
  expect(loadOf(measured)).toEqual({ peakCheckoutsPerSecond: 240, useTimeSeconds: 0.012 });
});

it('has at least one query in a checkout, and one process', async () => {
  prometheus.answers = {
    ...answers(),
    [QUERIES.processes]: one(0.2),
    [QUERIES.queriesPerCheckout]: one(0.4),
  };
  expect((await measure(source())).figures).toMatchObject({ queriesPerCheckout: 1, processes: 1 });
});

it('quotes names that PromQL would read', async () => {
  const name = 'a "b" \\ c\nd';
  prometheus.answers = { [POOLS]: [pool(name, '')] };
  await expect(measure(source())).rejects.toThrow('parse error');
  expect(prometheus.requests[1]?.query).toContain(
    '{job="",db_client_connection_pool_name="a \\"b\\" \\\\ c\\nd"}',
  );
});

it('sends user and password of the URL, and shows neither', async () => {
  prometheus.answers = answers();
  const url = new URL(prometheus.url);
  url.username = 'reader';
  url.password = 'hunter2:ö';
  const measured = await measure(source({ url }));
  expect(prometheus.requests[0]?.authorization).toBe(
    `Basic ${Buffer.from('reader:hunter2:ö').toString('base64')}`,
  );
  expect(JSON.stringify(measured)).not.toContain('hunter2');
});

describe('several pools', () => {
  beforeEach(() => {
    prometheus.answers = {
      ...answers(),
      [POOLS]: [pool('shop', 'billing'), pool('shop', 'orders'), pool('reports', 'orders')],
    };
  });

  it('are distinguished by their names', async () => {
    await expect(measure(source())).rejects.toThrow(
      `${prometheus.url} has several pools: "reports" of service "orders", "shop" of service "billing", "shop" of ` +
        'service "orders"; choose one by --pool',
    );
  });

  it('of one name are distinguished by their services', async () => {
    await expect(measure(source({ pool: 'shop' }))).rejects.toThrow(
      /has several pools: "shop" of service "billing", "shop" of service "orders"; choose one by --service$/,
    );
  });

  it('are chosen from', async () => {
    expect(await measure(source({ pool: 'shop', service: 'orders' }))).toMatchObject({
      pool: 'shop',
      service: 'orders',
    });
  });

  it('do not have the one that is asked for', async () => {
    await expect(measure(source({ pool: 'store', service: 'orders' }))).rejects.toThrow(
      /has no pool "store" of service "orders"; it has "reports" of/,
    );
  });
});

it('a pool on two servers is one, its queries are those of the busier', async () => {
  const elsewhere = {
    ...pool('shop', 'orders', 10),
    labels: { ...pool('shop', 'orders').labels, server_address: 'b' },
  };
  prometheus.answers = { ...answers(), [POOLS]: [elsewhere, pool('shop', 'orders')] };
  expect((await measure(source())).queries).toEqual(QUERIES);
});

describe('reports the mistake', () => {
  it('where nobody listens', async () => {
    const url = new URL('http://user:hunter2@127.0.0.1:1');
    const failure = measure(source({ url: new URL('http://user:hunter2@localhost:49151/?key=hunter2') }));
    await expect(failure).rejects.toThrow('http://localhost:49151 does not answer: ECONNREFUSED');
    await expect(measure(source({ url }))).rejects.not.toThrow('hunter2');
  });

  it('where something else than Prometheus answers', async () => {
    const url = new URL('/grafana', prometheus.url);
    await expect(measure(source({ url }))).rejects.toThrow(
      `${prometheus.url}/grafana does not answer as Prometheus does (HTTP 404 from /api/v1/query)`,
    );
  });

  it('where the metrics are not', async () => {
    prometheus.answers = { [POOLS]: [] };
    await expect(measure(source())).rejects.toThrow(
      /has no db_client_connection_use_time_seconds of a pool in the last 1d: .* collector/,
    );
  });

  it('where the query is refused', async () => {
    await expect(measure(source())).rejects.toThrow(/could not answer sum by .*: invalid parameter "query"/);
  });

  it('where scrapes are too far apart', async () => {
    prometheus.answers = { ...answers(), [QUERIES.peakCheckoutsPerSecond]: [] };
    await expect(measure(source())).rejects.toThrow(/no rate of checkouts over 1m: .* longer --step/);
  });

  it('where nothing was checked out', async () => {
    prometheus.answers = { ...answers(), [QUERIES.useTimeSeconds]: one(Number.NaN) };
    await expect(measure(source())).rejects.toThrow('no checkouts of pool "shop" in the last 1d');
  });
});
