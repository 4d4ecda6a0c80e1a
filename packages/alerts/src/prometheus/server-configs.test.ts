import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { directConfig } from './server-configs';

interface Relabeling {
  readonly source_labels: readonly string[];
  readonly regex: string;
  readonly target_label: string;
  readonly replacement?: string;
}
const config = parse(directConfig());
const [application] = config.scrape_configs;

/** Relabels as Prometheus does: the pattern must match the entire source labels. */
function relabeled(given: Readonly<Record<string, string>>, rules: readonly Relabeling[]) {
  const labels = { ...given };
  for (const { source_labels, regex, target_label, replacement = '$1' } of rules) {
    const source = source_labels.map((name) => labels[name] ?? '').join(';');
    const match = new RegExp(`^(?:${regex})$`).exec(source);
    if (match === null) continue;
    labels[target_label] = replacement.replace(/\$\{?(\d)\}?/g, (_, group) => match[group] ?? '');
  }
  return labels;
}

const scraped = (name: string) =>
  relabeled({ __name__: name }, application.metric_relabel_configs)['__name__'];

it('every metric of docs/reference/telemetry.md gets the same name as from the collector', () => {
  const document = readFileSync(path.join(__dirname, '../../../../docs/reference/telemetry.md'), 'utf8');
  const section = document.split('\n## Metrics\n')[1]?.split('\n\n- ')[0] ?? '';
  const rows = [...section.matchAll(/^\| `([\w.]+)` \| ([\w\s-]+) \| (\S+) \|/gm)];
  expect(rows.length).toBeGreaterThan(14);
  for (const [, metric = '', instrument = '', unit = ''] of rows) {
    const plain = metric.replaceAll('.', '_');
    const suffix = unit === 's' ? '_seconds' : unit === '1' && instrument.includes('gauge') ? '_ratio' : '';
    const ends =
      instrument === 'histogram' ? ['_bucket', '_count', '_sum'] : [instrument === 'counter' ? '_total' : ''];
    for (const end of ends) expect(scraped(`${plain}${end}`)).toBe(`${plain}${suffix}${end}`);
  }
});

it('does not rename other metrics', () => {
  for (const name of [
    'db_client_operation_duration_seconds_count',
    'my_db_client_operation_duration_count',
    'up',
  ]) {
    expect(scraped(name)).toBe(name);
  }
});

it('uses the job as the service if service_name is not set', () => {
  const target = (labels: Readonly<Record<string, string>>) =>
    relabeled(labels, application.relabel_configs)['service_name'];
  expect(target({ job: 'shop' })).toBe('shop');
  expect(target({ job: 'shop', service_name: 'checkout' })).toBe('checkout');
});

it('promotes the resource attributes that rules and dashboards use', () => {
  expect(config.otlp).toEqual({
    translation_strategy: 'UnderscoreEscapingWithSuffixes',
    promote_resource_attributes: [
      'service.name',
      'deployment.environment.name',
      'k8s.cluster.name',
      'k8s.namespace.name',
    ],
  });
});
