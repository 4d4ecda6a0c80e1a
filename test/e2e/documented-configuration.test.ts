import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { compile, parseThresholds } from '@pg-otel/alerts';
import {
  amtool,
  promtool,
  repository,
  startAlertmanager,
  startWebhookReceiver,
  validateCollector,
} from '@pg-otel/testkit';
import { parse, stringify } from 'yaml';
import { blocksOf } from '../documents/blocks';
import { describeWith, using } from './stage';

const config = (name: string) => path.join(repository, 'collector-config', name);
/** The blocks that a guide marks with this word behind `yaml`. */
const shown = (guide: string, word: string) =>
  blocksOf(`docs/guides/${guide}.md`)
    .filter((block) => block.language === 'yaml' && block.word === word)
    .map(({ text }) => text);

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pg-otel-docs-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const file = path.join(folder, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
  return file;
}

/** Alertmanager's configuration, compiled from the shipped thresholds with these parts. */
function compiledWith(text: string): string {
  const shipped = fs.readFileSync(config('thresholds.yaml'), 'utf8');
  const thresholds = parseThresholds(stringify({ ...parse(shipped), ...parse(text) }), 'thresholds.yaml');
  return (
    compile(thresholds, 'single').files.find(({ path }) => path === 'alertmanager/alertmanager.yaml')
      ?.content ?? ''
  );
}

describeWith('collector')('the collector that docs/guides/merge-into-existing.md extends', () => {
  it.each(shown('merge-into-existing', 'collector'))('is valid', (text) => {
    const file = write('config.yaml', text);
    const { code, output } = validateCollector([{ file: config('single/collector.yaml') }, { file }]);
    expect([code, output]).toEqual([0, '']);
  });
});

describeWith('prometheus-2', 'prometheus-3')(
  'the Prometheus that docs/guides/merge-into-existing.md extends',
  () => {
    it.each(['2', '3'] as const)('is valid, with the compiled rules, for Prometheus %s', (version) => {
      write('pg-otel/rules.yaml', fs.readFileSync(config('prometheus/rules.yaml'), 'utf8'));
      for (const text of shown('merge-into-existing', 'prometheus')) {
        const file = write('prometheus.yaml', text);
        const { code, output } = promtool(version, ['check', 'config', file], { cwd: folder });
        expect([code, output]).toEqual([0, expect.stringContaining('1 rule files found')]);
      }
    });
  },
);

describeWith('alertmanager')('the Alertmanager of the guides', () => {
  it('is extended as docs/guides/merge-into-existing.md shows, and sends each alert where it did', () => {
    const compiled = parse(fs.readFileSync(config('alertmanager/alertmanager.yaml'), 'utf8'));
    for (const text of shown('merge-into-existing', 'alertmanager')) {
      const extended = parse(text);
      const { matchers, ...route } = extended.route.routes[0];
      expect(matchers).toEqual(['signal=~"logs|metrics"']);
      expect(receiversOf(route)).toEqual(receiversOf(compiled.route));

      const { inhibit_rules } = compiled;
      write('alertmanager.yaml', stringify({ ...extended, inhibit_rules }));
      const check = amtool(['check-config', 'alertmanager.yaml'], { cwd: folder });
      expect([check.code, check.output]).toEqual([0, expect.stringContaining('SUCCESS')]);
      for (const [receiver, ...labels] of [
        ['pager', 'alertname=PostgresQuerySlow', 'signal=logs', 'severity=critical'],
        ['chat', 'alertname=PostgresPoolWaiting', 'signal=metrics', 'severity=warning'],
        ['web', 'team=web', 'severity=critical'],
        ['ops', 'severity=critical'],
      ] as const) {
        const test = ['config', 'routes', 'test', '--config.file=alertmanager.yaml', ...labels];
        expect(amtool(test, { cwd: folder }).output.trim()).toBe(receiver);
      }
    }
  });

  const receivers = shown('slack-and-pagerduty', 'thresholds').map(
    (text, index) => [index + 1, text] as const,
  );

  it.each(receivers)('has valid receivers in docs/guides/slack-and-pagerduty.md (%i)', (_, text) => {
    write('alertmanager.yaml', compiledWith(text));
    const { code, output } = amtool(['check-config', 'alertmanager.yaml'], { cwd: folder });
    expect([code, output]).toEqual([0, expect.stringContaining('SUCCESS')]);
  });

  it('notifies Slack and PagerDuty as docs/guides/slack-and-pagerduty.md shows', async () => {
    const webhook = await using(startWebhookReceiver());
    const secrets = {
      'slack-url': `${webhook.url}/slack`,
      'pagerduty-key': 'a-key',
    };
    let text = compiledWith(shown('slack-and-pagerduty', 'thresholds')[0] ?? '');
    for (const [name, secret] of Object.entries(secrets)) {
      text = text.replaceAll(`/etc/alertmanager/${name}`, write(name, secret));
    }
    const global = { pagerduty_url: `${webhook.url}/pagerduty` };
    const alertmanager = await using(
      startAlertmanager({ config: { text: stringify({ global, ...parse(text) }) } }),
    );
    const alert = (severity: string, statement: string) => ({
      labels: {
        ...{ alertname: 'PostgresQuerySlow', severity, signal: 'logs' },
        ...{ service_name: 'shop', db_query_summary: statement },
      },
      annotations: { summary: 'A query is slow', elapsed: '5.1 s', runbook_url: 'https://example.com/slow' },
      endsAt: new Date(Date.now() + 600_000).toISOString(),
    });
    await alertmanager.send([alert('critical', 'SELECT orders'), alert('warning', 'SELECT users')]);

    const pagerduty: unknown = (await webhook.waitFor(({ path }) => path === '/pagerduty')).body;
    expect(pagerduty).toMatchObject({
      routing_key: 'a-key',
      event_action: 'trigger',
      payload: { severity: 'critical', summary: 'A query is slow' },
      links: [{ href: 'https://example.com/slow', text: 'Runbook' }],
    });
    const slack: unknown = (await webhook.waitFor(({ path }) => path === '/slack')).body;
    expect(slack).toMatchObject({
      channel: '#database',
      attachments: [
        {
          title: 'warning: A query is slow',
          text: 'shop: SELECT users 5.1 s\nhttps://example.com/slow',
        },
      ],
    });
  });

  it('takes the test alert of docs/guides/slack-and-pagerduty.md', async () => {
    const alertmanager = await using(
      startAlertmanager({ config: { file: config('alertmanager/alertmanager.yaml') } }),
    );
    const [command] = blocksOf('docs/guides/slack-and-pagerduty.md').filter(
      ({ heading }) => heading === '4. Send a test alert',
    );
    const words = command?.text.replace('http://localhost:9093', alertmanager.url).trim().split(' ') ?? [];
    expect(words.shift()).toBe('amtool');
    expect(amtool(words)).toMatchObject({ code: 0 });
    expect(await alertmanager.alerts()).toMatchObject([
      { labels: { alertname: 'PostgresQuerySlow', severity: 'critical' }, receivers: [{ name: 'pager' }] },
    ]);
  });
});

interface Route {
  readonly receiver: string;
  readonly matchers?: readonly string[];
  readonly routes?: readonly Route[];
}

/** Which receiver each severity has, with its waits; a severity without a route has those of the root. */
function receiversOf(route: Route): object {
  return Object.fromEntries(
    ['critical', 'warning', 'info'].map((severity) => {
      const { routes: _, matchers: __, ...root } = route;
      const found = route.routes?.find(({ matchers }) => matchers?.includes(`severity="${severity}"`));
      const { matchers: ___, ...own } = found ?? {};
      return [severity, { ...root, ...own }];
    }),
  );
}
