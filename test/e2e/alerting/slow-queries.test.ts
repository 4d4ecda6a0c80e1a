import { type Jaeger, pollUntil, saidBy, startJaeger } from '@pg-otel/testkit';
import { describeWith, using } from '../stage';
import { type Chain, startChain } from './chain';

const RULE = { alertname: 'PostgresQuerySlow', signal: 'logs' };
/** Labels of every alert of these applications. */
const SHOP = { service_name: 'shop', deployment_environment_name: 'test', db_namespace: 'shop' };

/** Long enough for the notification of a warning: its group waits for 15 s. */
const GROUP_WAIT_MILLIS = 15_000;

describeWith('collector', 'alertmanager')('a slow query', () => {
  let chain: Chain;
  const about = (table: string) => ({ ...RULE, ...SHOP, db_query_summary: `SELECT ${table}` });

  describe.each(['always_on', 'always_off'])('with traces sampled %s', (sampler) => {
    beforeEach(async () => {
      chain = await startChain();
    });

    it('notifies the receiver of its severity: critical while it runs, and then no warning as well', async () => {
      const application = chain.run(
        `
        const pool = new pg.Pool({ max: 10 });
        for (const table of ['brief', 'long_one', 'longest', 'second']) {
          await pool.query('CREATE TABLE ' + table + ' AS SELECT 1');
        }
        const wait = async (table, seconds) => {
          say({ started: table });
          await pool.query('SELECT pg_sleep($1) FROM ' + table, [seconds]);
          say({ ended: table });
        };
        const later = sleep(1000).then(() => wait('second', 8));
        await Promise.all([wait('brief', 0.3), wait('long_one', 1.2), wait('longest', 10), later]);
        await sleep(${GROUP_WAIT_MILLIS});
        await pool.end();`,
        { env: { OTEL_TRACES_SAMPLER: sampler } },
      );
      const critical = await chain.waitFor('pager', about('longest'));
      expect(critical.labels).toEqual({
        ...about('longest'),
        ...{ severity: 'critical', server_address: chain.postgres.host },
      });
      expect(critical.annotations).toMatchObject({
        summary: 'A query or batch takes longer than 5 s',
        runbook_url: expect.stringMatching(/#postgresqueryslow$/),
        running: '1',
      });
      // Another statement of the same group: it is not kept for the group's interval of minutes.
      const second = await chain.waitFor('pager', about('second'));
      const warning = await chain.waitFor('chat', about('long_one'), { timeoutMillis: 40_000 });
      expect(warning.labels['severity']).toBe('warning');

      const said = await saidBy(application);
      const at = (event: 'started' | 'ended', table: string) =>
        said.find((line) => line[event] === table)?.['at'] as number;
      for (const [alert, table] of [
        [critical, 'longest'],
        [second, 'second'],
      ] as const) {
        // While it runs (10 s and 8 s), at 5 s plus the delivery; the second within its group's ten seconds.
        expect(alert.receivedAt).toBeGreaterThan(at('started', table) + 5_000);
        expect(alert.startsAt.getTime()).toBeGreaterThan(at('started', table) + 4_900);
      }
      expect(critical.receivedAt).toBeLessThan(at('ended', 'longest'));
      expect(summariesOf(chain, 'chat')).toEqual(['SELECT long_one']);
      expect(summariesOf(chain, 'pager')).toEqual(['SELECT longest', 'SELECT second']);
    });
  });

  it('is found by its trace id, when its trace is sampled', async () => {
    const jaeger: Jaeger = await using(startJaeger());
    chain = await startChain({ env: { TRACES_ENDPOINT: `127.0.0.1:${jaeger.ports.otlpGrpc}` } });
    chain.run(`
      const pool = new pg.Pool({ max: 1 });
      await trace.getTracer('shop').startActiveSpan('report', async (span) => {
        await pool.query('SELECT pg_sleep(7)');
        span.end();
      });
      await pool.end();`);
    const { annotations } = await chain.waitFor('pager', { ...RULE, severity: 'critical' });
    const traceId = annotations['trace_id'] as string;
    const spans = await pollUntil(async () => {
      const found = await jaeger.trace(traceId);
      return found.length >= 4 && found;
    }, 30_000);
    expect(spans.map(({ name }) => name)).toEqual(expect.arrayContaining(['report', 'SELECT']));
  });

  it('alerts at the agent, though the gateway keeps 5 % of the traces: slow ones among them', async () => {
    const jaeger: Jaeger = await using(startJaeger());
    const env = { TRACES_ENDPOINT: `127.0.0.1:${jaeger.ports.otlpGrpc}`, OTELCOL_SAMPLING_WAIT: '2s' };
    chain = await startChain({ profile: 'agent', env });
    const application = chain.run(`
      const pool = new pg.Pool({ max: 1 });
      const traceIds = [];
      const work = (text) => trace.getTracer('shop').startActiveSpan('work', async (span) => {
        traceIds.push(span.spanContext().traceId);
        await pool.query(text);
        span.end();
      });
      for (let i = 0; i < 100; i++) await work('SELECT 1');
      await work('SELECT pg_sleep(7)');
      await pool.end();
      say({ traceIds });`);
    const { annotations } = await chain.waitFor('pager', { ...RULE, severity: 'critical' });
    const [said] = await saidBy(application);
    const traceIds = said?.['traceIds'] as string[];
    expect(annotations['trace_id']).toBe(traceIds.at(-1));
    await pollUntil(async () => (await jaeger.trace(traceIds.at(-1) as string)).length > 0, 30_000);
    const kept = await Promise.all(traceIds.slice(0, 100).map((id) => jaeger.trace(id)));
    // 5 of 100, and never more than 20 in a thousand million runs.
    expect(kept.filter((spans) => spans.length > 0).length).toBeLessThan(20);
  });

  it('that hangs keeps its alert firing, and its end resolves it', async () => {
    // Minutes of a long outage, in seconds.
    chain = await startChain({ holdSeconds: 12 });
    const application = chain.run(
      `
      const pool = new pg.Pool({ max: 1 });
      await pool.query('SELECT pg_sleep(40)');
      say({ ended: true });
      await pool.end();`,
      { env: { PG_OTEL_REPEAT_INTERVAL: '4' } },
    );
    await chain.waitFor('pager', { ...RULE, severity: 'critical' });
    const [ended] = await saidBy(application);
    expect(chain.notificationsTo('pager').filter(({ status }) => status === 'resolved')).toEqual([]);
    const resolved = await chain.waitFor('pager', RULE, { status: 'resolved', timeoutMillis: 45_000 });
    expect(resolved.receivedAt).toBeGreaterThan(ended?.['at'] as number);
    expect(chain.notificationsTo('pager').map(({ status }) => status)).toEqual(['firing', 'resolved']);
  });
});

/** The query summaries of all notifications of a receiver, each once. */
function summariesOf(chain: Chain, receiver: 'pager' | 'chat'): string[] {
  const summaries = chain
    .notificationsTo(receiver, RULE)
    .map(({ labels }) => labels['db_query_summary'] as string);
  return [...new Set(summaries)].sort();
}
