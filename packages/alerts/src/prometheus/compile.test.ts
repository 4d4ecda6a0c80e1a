import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { parser } from '@prometheus-io/lezer-promql';
import { parse } from 'yaml';
import { parseThresholds } from '../thresholds/parse';
import { compilePrometheus } from '.';

interface RuleOfFile {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
}
const repository = path.join(__dirname, '../../../..');
const files = {
  shipped: path.join(repository, 'collector-config/thresholds.yaml'),
  overrides: path.join(repository, 'test/e2e/thresholds/overrides.yaml'),
};

function compiled(text: string) {
  const thresholds = parseThresholds(text);
  const { files, notes } = compilePrometheus(thresholds);
  const read = (name: string) =>
    parse(files.find((file) => file.path === `prometheus/${name}`)?.content ?? '');
  const rules: RuleOfFile[] = read('rules.yaml').groups.flatMap(
    (group: { rules: RuleOfFile[] }) => group.rules,
  );
  return { thresholds, notes, rules, alerts: rules.filter(({ alert }) => alert !== undefined) };
}

const of = (rules: string, more = '') =>
  compiled(`
receivers: {pager: {}}
notify: {critical: pager, warning: pager, info: pager}
rules:
${rules.replace(/^/gm, '  ')}
${more}`);

describe.each(Object.entries(files))('rules from the thresholds file %s', (_, file) => {
  const { thresholds, rules, alerts } = compiled(readFileSync(file, 'utf8'));

  it('every expression is valid PromQL', () => {
    const wrong = rules.filter(({ expr }) => {
      let isWrong = false;
      parser.parse(expr).iterate({
        enter: ({ type }) => {
          if (type.isError) isWrong = true;
        },
      });
      return isWrong;
    });
    expect(rules.length).toBeGreaterThan(20);
    expect(wrong).toEqual([]);
  });

  it('every recording precedes the rules that read it', () => {
    const recorded = new Set<string>();
    for (const { record, expr } of rules) {
      const read = expr.match(/\b[a-z_]+:[a-zA-Z0-9_:]+/g) ?? [];
      expect(read.filter((metric) => !recorded.has(metric))).toEqual([]);
      if (record !== undefined) recorded.add(record);
    }
  });

  it('no two alerts are duplicates for promtool', () => {
    const keys = alerts.map(({ alert, labels }) => JSON.stringify([alert, labels]));
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('every rule except held connections has alerts with the documented labels', () => {
    const named = thresholds.rules.filter(({ watch }) => watch !== 'held-connection').map(({ name }) => name);
    expect([...new Set(alerts.map(({ alert }) => alert))].sort()).toEqual(named.sort());
    for (const { labels, annotations } of alerts) {
      expect(labels).toMatchObject({
        severity: expect.any(String),
        signal: expect.stringMatching(/metrics$/),
      });
      expect(annotations).toMatchObject({
        summary: expect.any(String),
        description: expect.stringMatching(/\.$/),
        value: expect.any(String),
      });
    }
  });
});

it('alerts have `for` and `keep_firing_for` if the level sets them', () => {
  const { alerts } = of(`Full: {watch: pool-utilization, levels: [
    {severity: warning, over: 80%, for: 1m, keepFiring: 90s}, {severity: critical, over: 95%}]}`);
  expect(alerts).toEqual([
    {
      alert: 'Full',
      expr: 'pool:pg_otel_connection_utilization_ratio:max > 0.8',
      for: '1m',
      keep_firing_for: '90s',
      labels: { severity: 'warning', signal: 'metrics' },
      annotations: {
        summary: 'More than 80 % of a pool is in use',
        description: expect.stringContaining('Requests wait'),
        value: '{{ $value | humanizePercentage }}',
      },
    },
    {
      alert: 'Full',
      expr: 'pool:pg_otel_connection_utilization_ratio:max > 0.95',
      labels: { severity: 'critical', signal: 'metrics' },
      annotations: {
        summary: 'More than 95 % of a pool is in use',
        description: expect.stringContaining('Requests wait'),
        value: '{{ $value | humanizePercentage }}',
      },
    },
  ]);
});

it('every alert of the shipped thresholds links to its runbook and its dashboard', () => {
  const { alerts } = compiled(readFileSync(files.shipped, 'utf8'));
  const dashboardOf = Object.fromEntries(
    alerts.map(({ alert, annotations }) => [
      alert,
      annotations?.['dashboard_url']?.split('/d/pg-otel-').at(-1),
    ]),
  );
  expect(alerts.every(({ annotations }) => annotations?.['runbook_url'] !== undefined)).toBe(true);
  expect(dashboardOf).toEqual({
    PostgresQuerySlow: 'queries',
    PostgresConnectionFailed: 'connections',
    PostgresPoolTimeout: 'pools',
    PostgresQueryTarget: 'queries',
    PostgresConnectionTarget: 'connections',
    PostgresPoolUtilization: 'pools',
    PostgresPoolWaiting: 'pools',
    PostgresPoolUnhealthy: 'pools',
    PostgresTelemetryMissing: 'alerts',
    CollectorQueueFilling: 'alerts',
    CollectorRefusing: 'alerts',
    CollectorLosing: 'alerts',
    AlertBridgeNotDelivering: 'alerts',
  });
});

it('texts from the thresholds file are escaped in templates', () => {
  const { alerts } = of(`Full: {watch: pool-utilization, labels: {team: "{{ $labels.x }}"}, levels: [
    {severity: warning, over: 80%, receiver: pager}]}`);
  expect(alerts[0]?.labels).toEqual({
    team: '{{ "{{" }} $labels.x }}',
    severity: 'warning',
    signal: 'metrics',
    receiver: 'pager',
  });
});

it.each([
  ['[query]', '{db_query_summary!~"BATCH( .*)?"}'],
  ['[batch]', '{db_query_summary=~"BATCH( .*)?"}'],
  ['[query, batch]', ''],
])('a rule on %s reads only these operations from the common histogram', (operations, selected) => {
  const { alerts } = of(
    `Slow: {watch: slow-operation, operations: ${operations}, levels: [{severity: warning, over: 1s}]}`,
  );
  expect(alerts.map(({ expr }) => expr)).toEqual([
    `statement:db_client_operation_duration_seconds:over_1s_increase1m${selected} > 0`,
  ]);
});

it('a level with `backstop: false` has no alert', () => {
  const { alerts } = of(`Slow: {watch: slow-operation, operations: [query], levels: [
    {severity: warning, over: 2s, backstop: false}, {severity: critical, over: 5s}]}`);
  expect(alerts.map(({ expr }) => expr)).toEqual([
    'statement:db_client_operation_duration_seconds:over_5s_increase1m{db_query_summary!~"BATCH( .*)?"} > 0',
  ]);
});

it('an override for a pool disables the backstop if the histogram has no pools, and a note warns', () => {
  const { alerts, notes } = of(
    'Slow: {watch: slow-operation, operations: [query], levels: [{severity: warning, over: 1s}]}',
    'overrides: [{match: {pool: reports}, rules: {Slow: off}}]',
  );
  expect(alerts).toEqual([]);
  expect(notes).toEqual([
    expect.stringMatching(/^Slow: .*db\.client\.operation\.duration has no pool attribute/),
  ]);
});

it('notes warn about overrides that never apply and levels that never fire', () => {
  const { notes } = of(
    'Gone: {watch: missing-telemetry, levels: [{severity: warning, for: 1h}]}',
    'overrides: [{match: {service: a}, rules: {Gone: off}}, {match: {service: a, environment: b}, rules: {Gone: off}}]',
  );
  expect(notes).toEqual([
    'Gone: the override for service "a", environment "b" never applies: an earlier override matches everything that it matches.',
    'Gone: warning never fires: a service is forgotten after an hour, and `for` is not shorter.',
  ]);
});

it('a new limit does not fire for operations that were counted before', () => {
  const { rules } = of(`Slow: {watch: slow-operation, operations: [query], levels: [
    {severity: warning, over: 1s}, {severity: critical, over: 5s}]}`);
  const marks = rules.flatMap(({ expr }) => expr.match(/\S+(?= offset 2m)/g) ?? []);
  expect(marks).toEqual([
    'instance_statement:db_client_operation_duration_seconds:over_1s_watched',
    'instance_statement:db_client_operation_duration_seconds:over_5s_watched',
  ]);
});
