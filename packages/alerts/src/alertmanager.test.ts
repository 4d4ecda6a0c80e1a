import { parse } from 'yaml';
import { compileAlertmanager, matcher } from './alertmanager';
import { parseThresholds } from './thresholds/parse';

const thresholds = parseThresholds(`
receivers:
  "yes": {webhook_configs: [{url: "http://127.0.0.1:1/", max_alerts: 3}], x: "012"}
  "null": {}
  team "a": {}
notify: {critical: "yes", warning: "null", info: "null"}
rules:
  Held: {watch: held-connection, levels: [{severity: warning, over: 30s, receiver: team "a"}]}
  Full: {watch: pool-utilization, levels: [{severity: critical, over: 95%}]}
`);
const { files } = compileAlertmanager(thresholds);
const content = (name: string) => files.find((file) => file.path === `alertmanager/${name}`)?.content ?? '';
// YAML 1.1, as Alertmanager's Go library reads it.
const config = parse(content('alertmanager.yaml'), { version: '1.1' });

it('receivers are copied, and their names are strings', () => {
  expect(config.receivers).toEqual([
    { name: 'yes', webhook_configs: [{ url: 'http://127.0.0.1:1/', max_alerts: 3 }], x: '012' },
    { name: 'null' },
    { name: 'team "a"' },
  ]);
});

it('the receiver of a level replaces that of the severity, with the grouping of the severity', () => {
  const own = [{ receiver: 'team "a"', matchers: ['receiver="team \\"a\\""'] }];
  expect(config.route.receiver).toBe('null');
  expect(config.route.routes).toEqual([
    expect.objectContaining({
      receiver: 'yes',
      matchers: ['severity="critical"'],
      group_wait: '0s',
      routes: own,
    }),
    expect.objectContaining({
      receiver: 'null',
      matchers: ['severity="warning"'],
      group_wait: '15s',
      routes: own,
    }),
    expect.objectContaining({ receiver: 'null', matchers: ['severity="info"'], routes: own }),
  ]);
});

it('a critical alert is notified at once, and further alerts of its group within ten seconds', () => {
  expect(config.route.routes[0]).toMatchObject({
    group_by: ['alertname', 'service_name', 'server_address', 'db_namespace'],
    group_wait: '0s',
    group_interval: '10s',
  });
});

it('an alert inhibits less severe alerts about the same subject, and an alert from a log event inhibits the one from metrics', () => {
  const subject = [
    'alertname',
    'service_name',
    'deployment_environment_name',
    'k8s_cluster_name',
    'k8s_namespace_name',
    'server_address',
    'db_namespace',
    'pool',
    'db_query_summary',
    'failure',
  ];
  const ours = 'signal=~"logs|metrics"';
  expect(config.inhibit_rules).toEqual([
    {
      source_matchers: ['severity="critical"', ours],
      target_matchers: ['severity=~"warning|info"', ours],
      equal: subject,
    },
    {
      source_matchers: ['severity="warning"', ours],
      target_matchers: ['severity="info"', ours],
      equal: subject,
    },
    {
      source_matchers: ['signal="logs"'],
      target_matchers: ['signal="metrics"'],
      equal: ['severity', ...subject],
    },
  ]);
});

it('matchers are escaped for all versions of Alertmanager', () => {
  expect(matcher('receiver', 'a "b" \\ c\nd')).toBe('receiver="a \\"b\\" \\\\ c\\nd"');
});
