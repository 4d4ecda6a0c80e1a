import * as fs from 'node:fs';
import * as path from 'node:path';
import { compile } from '@pg-otel/alerts';
import { amtool, type PrometheusVersion, promtool } from '@pg-otel/testkit';
import { parse, stringify } from 'yaml';
import { describeWith } from './stage';
import { readThresholds, THRESHOLDS, writeCompiled } from './thresholds/compiled';

const VERSIONS: readonly PrometheusVersion[] = ['2', '3'];

const names = Object.keys(THRESHOLDS) as (keyof typeof THRESHOLDS)[];

interface RulesFile {
  groups: { rules: { alert?: string; labels: Labels; annotations?: { value: string } }[] }[];
}
type Labels = Readonly<Record<string, string>>;

interface RulesTestFile {
  readonly tests: readonly {
    readonly alert_rule_test: readonly {
      readonly alertname: string;
      readonly exp_alerts?: readonly { readonly exp_labels: Labels }[];
    }[];
  }[];
}

/** The rules with `value` as their only annotation: the tests do not repeat the prose of the others. */
function withoutProse(rules: string): string {
  const file: RulesFile = parse(rules);
  for (const rule of file.groups.flatMap((group) => group.rules)) {
    if (rule.annotations !== undefined) rule.annotations = { value: rule.annotations.value };
  }
  return stringify(file, { lineWidth: 0, aliasDuplicateObjects: false });
}

describe.each(names)('of the thresholds file %s', (name) => {
  const thresholds = readThresholds(name);
  const compiled = writeCompiled(compile(thresholds, 'single').files);
  afterAll(() => compiled.remove());

  describeWith('prometheus-2', 'prometheus-3')('rules', () => {
    const cwd = path.join(compiled.folder, 'prometheus');
    const rules = fs.readFileSync(path.join(cwd, 'rules.yaml'), 'utf8');
    const testFolder = path.join(__dirname, 'prometheus-rules', name);
    const testFiles = fs.readdirSync(testFolder);

    it.each(VERSIONS)('are valid for Prometheus %s', (version) => {
      const { code, output } = promtool(version, ['check', 'rules', '--lint-fatal', 'rules.yaml'], { cwd });
      expect([code, output]).toEqual([0, expect.stringContaining('SUCCESS')]);
    });

    it.each(VERSIONS.flatMap((version) => testFiles.map((file) => [version, file] as const)))(
      'fire and resolve in Prometheus %s as %s expects',
      (version, file) => {
        const folder = fs.mkdtempSync(path.join(compiled.folder, 'tests-'));
        fs.writeFileSync(path.join(folder, 'rules.yaml'), withoutProse(rules));
        fs.copyFileSync(path.join(testFolder, file), path.join(folder, file));
        const { code, output } = promtool(version, ['test', 'rules', file], { cwd: folder });
        expect([code, output]).toEqual([0, expect.stringContaining('SUCCESS')]);
      },
    );

    it('have a test in which each level fires', () => {
      const tested = testFiles
        .map((file): RulesTestFile => parse(fs.readFileSync(path.join(testFolder, file), 'utf8')))
        .flatMap(({ tests }) => tests.flatMap(({ alert_rule_test }) => alert_rule_test))
        .flatMap(({ alertname, exp_alerts = [] }) =>
          exp_alerts.map(({ exp_labels }) => `${alertname} ${exp_labels['severity']}`),
        );
      const levels = (parse(rules) as RulesFile).groups
        .flatMap((group) => group.rules)
        .flatMap(({ alert, labels }) => (alert === undefined ? [] : [`${alert} ${labels['severity']}`]));
      expect(levels.filter((level) => !tested.includes(level))).toEqual(UNTESTED[name]);
    });

    it.each(VERSIONS)('are loaded by a configuration that is valid for Prometheus %s', (version) => {
      const { code, output } = promtool(version, ['check', 'config', 'prometheus.yaml'], { cwd });
      expect([code, output]).toEqual([0, expect.stringContaining('1 rule files found')]);
    });
  });

  describeWith('alertmanager')('routes', () => {
    const config = path.join(compiled.folder, 'alertmanager/alertmanager.yaml');

    it('are valid', () => {
      expect(amtool(['check-config', config])).toEqual({
        code: 0,
        output: expect.stringContaining(`${Object.keys(thresholds.receivers).length} receivers`),
      });
    });

    it.each(routesOf(name))('lead to the receiver $receiver with $labels', ({ labels, receiver }) => {
      const matched = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
      const { code, output } = amtool(['config', 'routes', 'test', `--config.file=${config}`, ...matched]);
      expect([code, output.trimEnd()]).toEqual([0, receiver]);
    });
  });
});

function routesOf(name: string): { labels: Labels; receiver: string }[] {
  return parse(fs.readFileSync(path.join(__dirname, 'alertmanager-routes', `${name}.yaml`), 'utf8'));
}

/** Critical after two hours: `alerts build` notes that a service is forgotten after one. */
const UNTESTED = { shipped: [], overrides: ['Missing critical'] } as const;
