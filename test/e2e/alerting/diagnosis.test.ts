import { type AlertmanagerAlert, type Jaeger, pollUntil, saidBy, startJaeger } from '@pg-otel/testkit';
import { describeWith, using } from '../stage';
import { type Chain, startChain } from './chain';

const CRITICAL = { alertname: 'PostgresQuerySlow', severity: 'critical' };
const TABLES = ['accounts', 'invoices'] as const;
type Table = (typeof TABLES)[number];
const otherOf = { accounts: 'invoices', invoices: 'accounts' } as const;

/** Longer than Alertmanager waits before it notifies about a group again. */
const GROUP_INTERVAL_MILLIS = 11_000;

const SCHEMA = `
  const pool = new pg.Pool({ max: 1 });
  for (const table of ${JSON.stringify(TABLES)}) await pool.query('CREATE TABLE ' + table + ' AS SELECT 0 AS amount');
  await pool.end();
  say({ created: true });`;

/**
 * A process that holds one row in an open transaction, and waits for the row of the other process on another
 * connection. Postgres finds no deadlock, because the waiting sessions hold nothing. A time limit ends it.
 */
const transfer = (wanted: Table) => `
  const pool = new pg.Pool({ lock_timeout: 9_000, application_name: 'worker-${otherOf[wanted]}' });
  await trace.getTracer('shop').startActiveSpan('transfer', async (span) => {
    const client = await pool.connect();
    await client.query('BEGIN');
    await client.query('UPDATE ${otherOf[wanted]} SET amount = 1');
    for (let holders = 0; holders < 2; await sleep(50)) {
      const { rows } = await pool.query(
        "SELECT count(*)::int AS holders FROM pg_stat_activity WHERE state = 'idle in transaction' AND query LIKE '%UPDATE%'");
      holders = rows[0].holders;
    }
    const end = await pool.query('UPDATE ${wanted} SET amount = 2').then(() => 'updated', ({ code }) => code);
    say({ end });
    await client.query('ROLLBACK');
    client.release();
    span.end();
  });
  await pool.end();`;

describeWith(
  'collector',
  'alertmanager',
  'jaeger',
)('two processes that block each other', () => {
  let chain: Chain;
  let jaeger: Jaeger;

  beforeEach(async () => {
    jaeger = await using(startJaeger());
    chain = await startChain({ env: { TRACES_ENDPOINT: `127.0.0.1:${jaeger.ports.otlpGrpc}` } });
  });

  it('have an alert each, which names the trace of the other one and pages once', async () => {
    await saidBy(chain.run(SCHEMA));
    const env = { PG_OTEL_SQL_COMMENTS: 'prepended' };
    const applications = TABLES.map((wanted) => chain.run(transfer(wanted), { env }));

    // The page has the answer from the first threshold already, or that from the second.
    const [ofAccounts, ofInvoices] = (await Promise.all(TABLES.map(pageOf))) as [Annotations, Annotations];
    expect(ofAccounts).toMatchObject(blockedBy('accounts', ofInvoices['trace_id']));
    expect(ofInvoices).toMatchObject(blockedBy('invoices', ofAccounts['trace_id']));

    // In any case, the alert gets the answer from the second one.
    const updated = await pollUntil(async () => {
      const found = await alertOf('accounts');
      return /^has waited [5-9]\.\d s/.test(found?.['reason'] ?? '') && found;
    });
    expect(updated).toMatchObject(blockedBy('accounts', ofInvoices['trace_id']));

    // Both are in one group, so a notification is due only if it has another alert than the one before.
    const [{ receivedAt = 0 } = {}] = chain.notificationsTo('pager');
    await new Promise((resolve) => setTimeout(resolve, receivedAt + GROUP_INTERVAL_MILLIS - Date.now()));
    const paged = chain.receiver.notifications.filter(({ path }) => path === '/pager');
    const sizes = paged.map(({ body }) => body.alerts.length);
    expect(sizes).toEqual([...new Set(sizes)].sort());

    const ends = await Promise.all(
      applications.map(async (application) => (await saidBy(application))[0]?.['end']),
    );
    // The time limit of one lets the other one continue.
    expect(ends).toContain('55P03');
    await expectLink(ofAccounts, ofInvoices);
    await expectLink(ofInvoices, ofAccounts);
  });

  type Annotations = AlertmanagerAlert['annotations'];

  async function pageOf(wanted: Table): Promise<Annotations> {
    const of = { ...CRITICAL, db_query_summary: `UPDATE ${wanted}` };
    // The second alert of the group waits for its interval.
    const { annotations } = await chain.waitFor('pager', of, { timeoutMillis: 60_000 });
    return annotations;
  }

  async function alertOf(wanted: Table): Promise<Annotations | undefined> {
    const alerts = await chain.alertmanager.alerts();
    const isIt = ({ labels }: AlertmanagerAlert) =>
      labels['severity'] === 'critical' && labels['db_query_summary'] === `UPDATE ${wanted}`;
    return alerts.find(isIt)?.annotations;
  }

  const blockedBy = (wanted: Table, traceId: string | undefined) => ({
    diagnosis: 'found',
    certainty: 'proven',
    reason: expect.stringMatching(
      new RegExp(
        `^has waited .* for a row of \`${wanted}\`, held by worker-${wanted} \\(pid \\d+\\), whose transaction has been idle for .*; last statement \`UPDATE ${wanted}\``,
      ),
    ),
    wait_event_type: 'Lock',
    wait_event: 'transactionid',
    blocking_pids: expect.stringMatching(/^\{\d+\}$/),
    blocker_trace_id: traceId,
  });

  /** The span of the slow query links to a span of the trace that blocked it. */
  async function expectLink(blocked: Annotations, blocker: Annotations): Promise<void> {
    const ofBlocker = await traceOf(blocker);
    const spans = await traceOf(blocked);
    const query = spans.find(({ attributes }) => attributes['pg_otel.diagnosis'] === 'found');
    expect(query?.attributes['pg_otel.diagnosis.blocker.trace_id']).toBe(blocker['trace_id']);
    expect(query?.links).toMatchObject([{ traceId: blocker['trace_id'] }]);
    expect(ofBlocker.map(({ spanId }) => spanId)).toContain(query?.links[0]?.spanId);
  }

  /** Its root ends last. */
  const traceOf = (annotations: Annotations) =>
    pollUntil(async () => {
      const spans = await jaeger.trace(annotations['trace_id'] as string);
      return spans.some(({ name }) => name === 'transfer') && spans;
    }, 30_000);
});
