import type { Level, Rule, Watch } from './rule';
import { summaryOf } from './summary';

/** What an alert means for whoever is told, in one or two sentences; what to do is in the runbook. */
const DESCRIPTIONS: Readonly<Record<Exclude<Watch, 'failed-operation'>, string>> = {
  'slow-operation':
    'Somebody waits for it. It is slow on the server, queued on its client, or blocked by a lock.',
  'held-connection':
    'A caller has not returned a connection: a missing release(), or a transaction that waits for something else.',
  'share-within': 'Operations have become slow for many callers, although none of them need be very slow.',
  'pool-utilization':
    'Requests wait once all connections are in use. Slow queries, held connections or more load fill a pool.',
  'pool-waiting': 'All connections of the pool are in use, or opening one takes long.',
  'pool-unhealthy': 'The database does not answer the health check of the pool.',
  'missing-telemetry':
    'The service has stopped, or its metrics do not arrive. No other rule can fire for it meanwhile.',
  'collector-queue': 'A destination of the collector is down or slow. A full queue refuses telemetry.',
  'collector-refused':
    'Applications send it again for a while, then lose it. The collector is short of memory, or a queue is full.',
  'collector-failed': 'Telemetry is lost for good, and alerts may be among it.',
  'bridge-undelivered':
    'Alertmanager is down or rejects alerts, or no bridge is left. Alerts wait in the queue of the collector.',
};

function descriptionOf(rule: Rule): string {
  if (rule.watch !== 'failed-operation') return DESCRIPTIONS[rule.watch];
  return rule.operations.includes('connect')
    ? 'Queries that need a new connection fail. It failed several times within a minute, or nothing else succeeds.'
    : 'Requests for a connection fail, and the queries of their callers with them.';
}

/** The annotations of an alert that its rule and level decide: the same from every engine. */
export function annotationsOf(rule: Rule, level: Level): Record<string, string> {
  const { runbookUrl, dashboardUrl } = level;
  return {
    summary: summaryOf(rule, level),
    description: descriptionOf(rule),
    ...(runbookUrl === undefined ? {} : { runbook_url: runbookUrl }),
    ...(dashboardUrl === undefined ? {} : { dashboard_url: dashboardUrl }),
  };
}
