import { setTimeout as sleep } from 'node:timers/promises';
import { compile } from '@pg-otel/alerts';
import {
  type Alertmanager,
  type PostableAlert,
  startAlertmanager,
  startWebhookReceiver,
  type WebhookReceiver,
} from '@pg-otel/testkit';
import { describeWith, using } from './stage';
import { readThresholds } from './thresholds/compiled';

const SUBJECT = { service_name: 'checkout', server_address: 'db.internal', db_namespace: 'shop' };
const SECOND = 1000;

describeWith('alertmanager')('Alertmanager with the routes we compile', () => {
  let webhook: WebhookReceiver;
  let alertmanager: Alertmanager;

  beforeEach(async () => {
    webhook = await using(startWebhookReceiver());
    const thresholds = readThresholds('shipped');
    const receiver = (name: string) => ({
      webhook_configs: [{ url: `${webhook.url}/${name}`, send_resolved: true }],
    });
    const { files } = compile(
      { ...thresholds, receivers: { pager: receiver('pager'), chat: receiver('chat') } },
      'single',
    );
    const text = files.find(({ path }) => path === 'alertmanager/alertmanager.yaml')?.content ?? '';
    alertmanager = await using(startAlertmanager({ config: { text } }));
  });

  const slow = (labels: Record<string, string>, endsInMillis = 180 * SECOND): PostableAlert => ({
    labels: { alertname: 'PostgresQuerySlow', ...SUBJECT, signal: 'logs', ...labels },
    endsAt: new Date(Date.now() + endsInMillis).toISOString(),
  });
  const notified = (path: string, status: 'firing' | 'resolved' = 'firing') =>
    webhook.notifications
      .filter((notification) => notification.path === path && notification.body.status === status)
      .flatMap(({ body }) => body.alerts.map(({ labels }) => labels['db_query_summary']));

  it('notifies no warning if the critical level follows', async () => {
    const statement = { db_query_summary: 'SELECT orders' };
    await alertmanager.send([slow({ ...statement, severity: 'warning' })]);
    await alertmanager.send([slow({ db_query_summary: 'SELECT users', severity: 'warning' })]);
    await sleep(4 * SECOND);
    await alertmanager.send([slow({ ...statement, severity: 'critical' })]);
    await webhook.waitFor(({ path }) => path === '/pager', 2 * SECOND);
    await webhook.waitFor(({ path }) => path === '/chat', 20 * SECOND);
    expect(notified('/pager')).toEqual(['SELECT orders']);
    expect(notified('/chat')).toEqual(['SELECT users']);
  });

  it('notifies a second statement within seconds, and that both are resolved', async () => {
    await alertmanager.send([slow({ db_query_summary: 'SELECT orders', severity: 'critical' }, 25 * SECOND)]);
    await webhook.waitFor(({ path }) => path === '/pager', 2 * SECOND);
    await alertmanager.send([slow({ db_query_summary: 'SELECT users', severity: 'critical' }, 25 * SECOND)]);
    await webhook.waitFor(({ body }) => body.alerts.length === 2, 12 * SECOND);
    await webhook.waitFor(({ body }) => body.status === 'resolved', 40 * SECOND);
    expect(notified('/pager', 'resolved').sort()).toEqual(['SELECT orders', 'SELECT users']);
  });

  it('notifies once if a log event and Prometheus raise the same alert', async () => {
    const statement = { db_query_summary: 'SELECT orders', severity: 'critical' };
    await alertmanager.send([slow(statement)]);
    await webhook.waitFor(({ path }) => path === '/pager', 2 * SECOND);
    await alertmanager.send([slow({ ...statement, signal: 'metrics' })]);
    await sleep(12 * SECOND);
    expect(notified('/pager')).toEqual(['SELECT orders']);
    const alerts = await alertmanager.alerts();
    expect(alerts.map(({ labels, status }) => [labels['signal'], status.state]).sort()).toEqual([
      ['logs', 'active'],
      ['metrics', 'suppressed'],
    ]);
  });

  it('notifies an alert of Prometheus if no log event raised it', async () => {
    await alertmanager.send([slow({ severity: 'critical', signal: 'metrics' })]);
    const { body } = await webhook.waitFor(({ path }) => path === '/pager', 2 * SECOND);
    expect(body.alerts.map(({ labels }) => labels['signal'])).toEqual(['metrics']);
  });

  it('inhibits no alert of other rules', async () => {
    const full = (labels: Record<string, string>): PostableAlert => ({
      labels: { alertname: 'DiskFull', ...labels },
      endsAt: new Date(Date.now() + 180 * SECOND).toISOString(),
    });
    await alertmanager.send([full({ severity: 'critical', instance: 'a' })]);
    await alertmanager.send([full({ severity: 'warning', instance: 'b' })]);
    const { body } = await webhook.waitFor(({ path }) => path === '/chat', 20 * SECOND);
    expect(body.alerts.map(({ labels }) => labels['instance'])).toEqual(['b']);
  });

  it('sends a handful of notifications for a storm of alerts', async () => {
    const storm = Array.from({ length: 10_000 }, (_, index) =>
      slow({ db_query_summary: `SELECT t${index}`, severity: 'critical' }),
    );
    for (let at = 0; at < storm.length; at += 500) await alertmanager.send(storm.slice(at, at + 500));
    await webhook.waitFor(({ body }) => body.alerts.length === storm.length, 40 * SECOND);
    expect(webhook.notifications.length).toBeLessThanOrEqual(5);
  });
});
