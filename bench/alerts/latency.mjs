// From the moment that a limit is crossed, by the clock of the application, to Alertmanager and to the receiver. All of
// them run on one host, so that there is one clock.
import * as testkit from '@pg-otel/testkit';
import { notifiedAt, watchArrivals } from './arrivals.mjs';
import { startChain } from './chain.mjs';

const PAGER = '/pager';
const LIMITS = { warning: 1, critical: 5 };
/** Of a query: a second more than the highest limit. */
const SECONDS = 6.5;
/** Starts are spread over what batches, queues and polls wait. */
const STAGGER_MILLIS = 370;
/** A group is notified every ten seconds at most; and then some. */
const PATIENCE_MILLIS = 40_000;
/** Nobody samples a trace: alerts do not depend on that. */
const UNSAMPLED = { OTEL_TRACES_SAMPLER: 'always_off' };
/** Of metrics, by the application. */
const EXPORT_SECONDS = 10;
const POOL = { size: 40, held: 39 };

/** Seconds: `{ slow, refused, pools, versions }`. */
export async function measureLatency({ postgres, effort }) {
  const chain = await startChain();
  const applications = [];
  const start = (service, body) => {
    const application = testkit.startReportingApplication({
      ...{ body, postgres, collector: chain.collector },
      env: { ...UNSAMPLED, OTEL_SERVICE_NAME: service },
    });
    applications.push(application);
    return application;
  };
  const arrivals = watchArrivals(chain.alertmanager);
  try {
    const context = { ...chain, arrivals, start };
    const pools = measurePools(context, effort.pools);
    // An error of the queries is thrown first.
    pools.catch(() => {});
    const slow = await measureSlow(context, effort.slow);
    const refused = await measureRefused(context, effort.refused);
    return { slow, refused, pools: await pools, versions: await versions(chain) };
  } finally {
    for (const application of applications) application.kill('SIGKILL');
    await Promise.allSettled(applications.map(({ ended }) => ended));
    await arrivals.stop().catch(() => {});
    await chain.stop();
  }
}

async function measureSlow(context, { rounds, services, queries }) {
  const results = [];
  for (let round = 0; round < rounds; round++) {
    // Separate applications, so separate groups in Alertmanager.
    const names = Array.from({ length: services }, (_, index) => `slow-${round}-${index}`);
    const running = names.map((name) => ({ name, application: context.start(name, slowQueries(queries)) }));
    await Promise.all(running.map(({ application }) => application.waitForOutput('ready')));
    for (const { application } of running) application.kill('SIGUSR2');
    for (const { name, application } of running) {
      const starts = (await testkit.saidBy(application)).filter(({ started }) => started !== undefined);
      results.push(await alertsOf(context, name, starts));
    }
  }
  return results.flat();
}

/** Statements with different summaries, so that each raises a separate alert. */
function slowQueries(count) {
  return `
    const pool = new pg.Pool({ max: ${count} });
    await Promise.all(Array.from({ length: ${count} }, () => pool.query('SELECT 1')));
    // It listens before it prints ready, because the signal follows at once.
    const signalled = new Promise((resolve) => process.once('SIGUSR2', resolve));
    say({ ready: true });
    await signalled;
    await Promise.all(Array.from({ length: ${count} }, async (_, index) => {
      await sleep(index * ${STAGGER_MILLIS} + Math.random() * ${STAGGER_MILLIS});
      say({ started: index });
      await pool.query('SELECT pg_sleep($1) FROM slow_' + index, [${SECONDS}]);
    }));
    await pool.end();`;
}

/** The table of each statement. */
export function slowTables(count) {
  return Array.from({ length: count }, (_, index) => `CREATE TABLE slow_${index} AS SELECT 1`).join(';');
}

async function alertsOf({ arrivals, receiver }, service, starts) {
  const alerts = [];
  for (const { at, started } of starts) {
    for (const [severity, limit] of Object.entries(LIMITS)) {
      const of = {
        ...{ alertname: 'PostgresQuerySlow', signal: 'logs', service_name: service, severity },
        db_query_summary: `SELECT slow_${started}`,
      };
      const crossed = at + limit * 1000;
      const arrived = await when(() => arrivals.at(of));
      const notified =
        severity === 'critical' ? await when(() => notifiedAt(receiver, PAGER, of)) : undefined;
      alerts.push({ severity, crossed, notified, toAlertmanager: (arrived - crossed) / 1000 });
    }
  }
  // The first of a group is notified at once, the others with the group's next notification.
  const first = Math.min(...alerts.flatMap(({ notified }) => notified ?? []));
  return alerts.map(({ severity, crossed, notified, toAlertmanager }) => ({
    ...{ severity, toAlertmanager, isFirst: notified === first },
    toReceiver: notified === undefined ? undefined : (notified - crossed) / 1000,
  }));
}

async function measureRefused({ arrivals, receiver, start }, count) {
  const port = await testkit.freePort();
  const application = start(
    'refused',
    `for (let index = 0; index < ${count}; index++) {
      const client = new pg.Client({ host: '127.0.0.1', port: ${port}, database: 'refused_' + index });
      client.on('error', () => undefined);
      await client.connect().catch(() => say({ failed: index }));
      await sleep(${STAGGER_MILLIS} * (0.5 + Math.random()));
    }`,
  );
  const results = [];
  for (const { at, failed } of await testkit.saidBy(application)) {
    const of = {
      ...{ alertname: 'PostgresConnectionFailed', signal: 'logs', failure: 'refused' },
      ...{ service_name: 'refused', db_namespace: `refused_${failed}` },
    };
    const arrived = await when(() => arrivals.at(of));
    const notified = await when(() => notifiedAt(receiver, PAGER, of));
    results.push({ toAlertmanager: (arrived - at) / 1000, toReceiver: (notified - at) / 1000 });
  }
  return results;
}

/** Each fills at another moment between two exports, and so between scrapes and evaluations. */
function measurePools({ receiver, start }, { count, settleSeconds }) {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const service = `pool-${index}`;
      const application = start(
        service,
        `const pool = new pg.Pool({ max: ${POOL.size} });
        await pool.query('SELECT 1');
        await sleep(${(settleSeconds + (EXPORT_SECONDS * index) / count) * 1000});
        await Promise.all(Array.from({ length: ${POOL.held} }, () => pool.connect()));
        process.once('SIGTERM', () => process.exit(0));
        say({ full: true });
        await sleep(200_000);`,
      );
      await application.waitForOutput('full');
      const of = { alertname: 'PostgresPoolUtilization', severity: 'critical', service_name: service };
      const notified = await when(() => notifiedAt(receiver, PAGER, of), 150_000);
      application.kill('SIGTERM');
      const [{ at }] = await testkit.saidBy(application);
      return { toReceiver: (notified - at) / 1000 };
    }),
  );
}

function when(ask, timeoutMillis = PATIENCE_MILLIS) {
  return testkit.pollUntil(async () => ask(), timeoutMillis);
}

async function versions({ alertmanager, prometheus }) {
  const read = async (url) => (await fetch(url)).json();
  const { versionInfo } = await read(`${alertmanager.url}/api/v2/status`);
  const { data } = await read(`${prometheus.url}/api/v1/status/buildinfo`);
  return { alertmanager: versionInfo.version, prometheus: data.version };
}
