type Engine = 'collector' | 'prometheus' | 'evaluator';

/** An alert of the recording, and the engines that fire it. */
interface Expected {
  readonly by: readonly Engine[];
  /** Without `signal`, which distinguishes the engines. */
  readonly labels: Readonly<Record<string, string>>;
  /** When it fires in the evaluator, in seconds since the start. */
  readonly from: number;
  readonly until: number;
}

const everyone = ['collector', 'prometheus', 'evaluator'] as const;
/** What needs a history, which the collector has not. */
const stateful = ['prometheus', 'evaluator'] as const;
/** What no metric counts. */
const events = ['collector', 'evaluator'] as const;

const database = {
  service_name: 'shop',
  deployment_environment_name: 'prod',
  server_address: 'db.example',
  db_namespace: 'orders',
};
const pool = { ...database, pool: 'main' };
const slow = { alertname: 'PostgresQuerySlow', team: 'payments', ...database };
const failed = { alertname: 'PostgresConnectionFailed', ...pool };
const utilization = { alertname: 'PostgresPoolUtilization', ...pool };

/** Events fire for three minutes; the moments of a state are those of the exports, each ten seconds. */
export const EXPECTED: readonly Expected[] = [
  {
    by: everyone,
    labels: { ...slow, severity: 'warning', db_query_summary: 'SELECT orders' },
    from: 71,
    until: 251,
  },
  {
    by: everyone,
    labels: { ...slow, severity: 'warning', db_query_summary: 'SELECT carts' },
    from: 81,
    until: 261,
  },
  {
    by: everyone,
    labels: { ...slow, severity: 'critical', receiver: 'pager', db_query_summary: 'SELECT carts' },
    from: 85,
    // Three minutes after its reason, the latest event.
    until: 266,
  },
  {
    by: everyone,
    labels: { ...slow, severity: 'info', db_namespace: 'archive', db_query_summary: 'SELECT archive' },
    from: 95,
    until: 275,
  },
  { by: everyone, labels: { ...failed, severity: 'critical', failure: 'refused' }, from: 103, until: 283 },
  { by: everyone, labels: { ...failed, severity: 'warning', failure: 'timeout' }, from: 105, until: 285 },
  {
    by: everyone,
    labels: { ...failed, severity: 'critical', db_namespace: 'archive', failure: 'authentication' },
    from: 170,
    until: 350,
  },
  {
    by: events,
    labels: { alertname: 'PostgresConnectionHeld', severity: 'warning', ...pool },
    from: 111,
    until: 291,
  },
  // Above from 60, below from 200 but for one export at 230: kept until a minute after that.
  { by: stateful, labels: { ...utilization, severity: 'warning' }, from: 120, until: 300 },
  { by: stateful, labels: { ...utilization, severity: 'critical' }, from: 170, until: 300 },
  {
    by: stateful,
    labels: { alertname: 'PostgresPoolWaiting', severity: 'warning', ...pool },
    from: 190,
    until: 210,
  },
  {
    by: stateful,
    labels: { alertname: 'PostgresQueryTarget', severity: 'warning', ...database },
    from: 220,
    until: 310,
  },
];

/** Comparable regardless of the order of labels. */
export function canonical(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1)));
}

export function expectedOf(engine: Engine): string[] {
  return EXPECTED.filter(({ by }) => by.includes(engine))
    .map(({ labels }) => canonical(labels))
    .sort();
}
