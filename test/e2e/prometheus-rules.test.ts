import * as fs from 'node:fs';
import * as path from 'node:path';
import { amtool, type PrometheusVersion, promtool } from '@pg-otel/testkit';
import { parse, stringify } from 'yaml';
import { compileAlertmanager } from '../../packages/alerts/src/alertmanager';
import { compilePrometheus } from '../../packages/alerts/src/prometheus';
import { describeWith } from './stage';
import { readThresholds, THRESHOLDS, writeCompiled } from './thresholds/compiled';

const VERSIONS: readonly PrometheusVersion[] = ['2', '3'];
const TESTS_OF_A_PART = 10;

/** promtool takes minutes for all tests of many overrides on a busy machine: the names of files with some of them. */
function inParts(folder: string): string[] {
  const { tests, ...head } = parse(fs.readFileSync(path.join(folder, 'rules.test.yaml'), 'utf8'));
  const parts: string[] = [];
  for (let at = 0; at < tests.length; at += TESTS_OF_A_PART) {
    const name = `rules.test.${at}.yaml`;
    const part = { ...head, tests: tests.slice(at, at + TESTS_OF_A_PART) };
    fs.writeFileSync(path.join(folder, name), stringify(part, { aliasDuplicateObjects: false }));
    parts.push(name);
  }
  return parts;
}

const names = Object.keys(THRESHOLDS) as (keyof typeof THRESHOLDS)[];

describe.each(names)('of the thresholds file %s', (name) => {
  const thresholds = readThresholds(name);
  const routes = compileAlertmanager(thresholds).files;
  const compiled = writeCompiled([...compilePrometheus(thresholds).files, ...routes]);
  afterAll(() => compiled.remove());

  describeWith('prometheus-2', 'prometheus-3')('rules', () => {
    const cwd = path.join(compiled.folder, 'prometheus');

    it.each(VERSIONS)('are valid for Prometheus %s', (version) => {
      const { code, output } = promtool(version, ['check', 'rules', '--lint-fatal', 'rules.yaml'], { cwd });
      expect([code, output]).toEqual([0, expect.stringContaining('SUCCESS')]);
    });

    it.each(VERSIONS)(
      'keep their promises in Prometheus %s',
      (version) => {
        for (const part of inParts(cwd)) {
          const { code, output } = promtool(version, ['test', 'rules', part], { cwd });
          expect([code, output]).toEqual([0, expect.stringContaining('SUCCESS')]);
        }
      },
      1_800_000,
    );

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

    it('lead where they should', () => {
      const table = JSON.parse(routes.find(({ path: file }) => file.endsWith('.json'))?.content ?? '');
      for (const { labels, receiver } of table) {
        const told = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
        const { code, output } = amtool(['config', 'routes', 'test', `--config.file=${config}`, ...told]);
        expect([labels, code, output.trimEnd()]).toEqual([labels, 0, receiver]);
      }
    });
  });
});
