import { amtool, startAlertmanager, startWebhookReceiver, type WebhookReceiver } from '@pg-otel/testkit';
import { describeWith, using } from '../stage';
import { crashAndRestart } from './crash';

describeWith('alertmanager')('Alertmanager', () => {
  let webhook: WebhookReceiver;
  beforeEach(async () => {
    webhook = await using(startWebhookReceiver());
  });
  const config = () => `
route: {receiver: page, group_by: [alertname], group_wait: 0s, group_interval: 1s}
receivers:
  - name: page
    webhook_configs: [{url: "${webhook.url}/page"}]
`;
  const start = () => using(startAlertmanager({ config: { text: config() } }));

  it('notifies of an alert, before and after a crash', async () => {
    const alertmanager = await start();
    const labels = { alertname: 'QueryHangs', db_namespace: 'shop' };
    const before = Date.now();
    await alertmanager.send([{ labels, annotations: { summary: 'A query hangs' } }]);
    const { receivedAt, path, body } = await webhook.waitFor(({ body }) => body.status === 'firing');
    expect(path).toBe('/page');
    expect(receivedAt).toBeGreaterThanOrEqual(before);
    expect(receivedAt).toBeLessThanOrEqual(Date.now());
    expect(body).toMatchObject({
      receiver: 'page',
      groupLabels: { alertname: 'QueryHangs' },
      alerts: [{ status: 'firing', labels, annotations: { summary: 'A query hangs' } }],
    });
    expect(await alertmanager.alerts()).toMatchObject([
      { labels, receivers: [{ name: 'page' }], status: { state: 'active' } },
    ]);

    await crashAndRestart(alertmanager);
    webhook.clear();
    await alertmanager.send([{ labels: { alertname: 'AfterTheCrash' } }]);
    await webhook.waitFor(({ body }) => body.alerts[0]?.labels['alertname'] === 'AfterTheCrash');
  });

  it('refuses an alert without labels', async () => {
    const alertmanager = await start();
    await expect(alertmanager.send([{ labels: {} }])).rejects.toThrow('Alertmanager answered 400');
  });

  it('reports a wrong configuration', async () => {
    const wrong = { text: config().replace('receiver: page', 'receiver: nobody') };
    await expect(startAlertmanager({ config: wrong })).rejects.toThrow(
      /^alertmanager did not start \(exit code 1\):.*undefined receiver/s,
    );
  });

  it('has amtool', async () => {
    const alertmanager = await start();
    const file = `${alertmanager.folder}/alertmanager.yml`;
    expect(amtool(['check-config', file])).toEqual({ code: 0, output: expect.stringContaining('SUCCESS') });
    const routed = amtool(['config', 'routes', 'test', `--config.file=${file}`, 'alertname=QueryHangs']);
    expect(routed).toEqual({ code: 0, output: 'page\n' });
    expect(amtool(['check-config', '/no/such/file']).code).toBe(1);
  });

  it('is waited for no longer than asked, and the error shows what came instead', async () => {
    const alertmanager = await start();
    await alertmanager.send([{ labels: { alertname: 'QueryHangs' } }]);
    await webhook.waitFor(() => true);
    await expect(webhook.waitFor(({ path }) => path === '/nobody', 100)).rejects.toThrow(
      'Not notified within 100 ms. Notified: /page firing QueryHangs',
    );
  });
});
