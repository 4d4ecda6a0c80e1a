import { parse } from 'yaml';
import { parseThresholds } from '../thresholds/parse';
import { compileCollector, PROFILES, type Profile } from '.';

const HEAD = 'receivers: {chat: {}}\nnotify: {critical: chat, warning: chat, info: chat}\n';
const SLOW = 'Slow: {watch: slow-operation, operations: [query], levels: [{severity: warning, over: 1s}]}';
const FULL = 'Full: {watch: pool-utilization, levels: [{severity: critical, over: 95%, for: 1m}]}';

interface Collector {
  readonly processors: Record<string, Record<string, unknown>>;
  readonly exporters: Record<string, Record<string, unknown>>;
  readonly service: {
    readonly extensions: readonly string[];
    readonly pipelines: Record<string, { receivers: string[]; processors: string[]; exporters: string[] }>;
  };
}

const compile = (profile: Profile, rules: readonly string[]) =>
  compileCollector(
    parseThresholds(
      `${HEAD}rules:${rules.length === 0 ? ' {}' : ''}\n${rules.map((rule) => `  ${rule}\n`).join('')}`,
    ),
    profile,
  );
function configOf(profile: Profile, rules: readonly string[]): Collector {
  return parse(compile(profile, rules).files[0]?.content ?? '') as Collector;
}

describe.each(PROFILES)('%s', (profile) => {
  it('is compiled to one file', () => {
    expect(compile(profile, [SLOW]).files.map(({ path }) => path)).toEqual([`${profile}/collector.yaml`]);
  });

  it('is identical for the same thresholds', () => {
    expect(compile(profile, [SLOW, FULL])).toEqual(compile(profile, [SLOW, FULL]));
  });

  const { service, exporters } = configOf(profile, [SLOW, FULL]);

  it('has the memory limiter first in each pipeline of the receiver', () => {
    const fromReceiver = Object.values(service.pipelines).filter(({ receivers }) =>
      receivers.includes('otlp'),
    );
    expect(fromReceiver.length).toBeGreaterThan(0);
    expect(new Set(fromReceiver.map(({ processors }) => processors[0]))).toEqual(new Set(['memory_limiter']));
  });

  it('has a queue on disk for each exporter', () => {
    const sending = Object.entries(exporters).filter(([name]) => name.startsWith('otlp_'));
    expect(sending.length).toBeGreaterThan(0);
    for (const [, exporter] of sending) {
      expect(exporter['sending_queue']).toMatchObject({ storage: 'file_storage/queue', sizer: 'items' });
    }
  });

  it('defines exactly the components that its pipelines use', () => {
    const config = configOf(profile, [SLOW, FULL]) as unknown as Record<string, Record<string, unknown>>;
    const used = Object.values(service.pipelines).flatMap(({ receivers, processors, exporters: to }) => [
      ...receivers,
      ...processors,
      ...to,
    ]);
    const had = ['receivers', 'processors', 'connectors', 'exporters'].flatMap((kind) =>
      Object.keys(config[kind] ?? {}),
    );
    expect([...new Set(used)].sort()).toEqual(had.sort());
    expect(service.extensions).toEqual(Object.keys(config['extensions'] ?? {}));
  });

  it('begins with a table of its environment variables and their defaults', () => {
    const { content } = compile(profile, [SLOW, FULL]).files[0] as {
      content: string;
    };
    const used = [...content.matchAll(/\$\{env:(\w+):-([^}]*)\}/g)].map(
      ([, name, otherwise]) => `${name} ${otherwise}`,
    );
    const described = [...content.matchAll(/^# {3}([A-Z_]+) +(\S+) {2,}\S/gm)].map(
      ([, name, otherwise]) => `${name} ${otherwise}`,
    );
    expect(described.sort()).toEqual([...new Set(used)].sort());
  });
});

it('alerts are retried without limit, traces for an hour', () => {
  const { exporters } = configOf('single', [SLOW]);
  expect(exporters['otlp_http/warning']?.['retry_on_failure']).toMatchObject({ max_elapsed_time: '0s' });
  expect(exporters['otlp_grpc/traces']?.['retry_on_failure']).toMatchObject({ max_elapsed_time: '1h' });
});

it('a severity without levels has no branch', () => {
  const { exporters } = configOf('standalone', [SLOW, FULL]);
  expect(Object.keys(exporters)).toEqual(['otlp_http/warning', 'otlp_http/critical', 'otlp_grpc/traces']);
});

it('logs and metrics that no rule reads are accepted and dropped', () => {
  const { pipelines } = configOf('standalone', []).service;
  expect(pipelines['logs']?.processors).toEqual(['memory_limiter', 'filter/no_logs']);
  expect(pipelines['metrics']?.processors).toEqual(['memory_limiter', 'filter/no_metrics']);
});

it('the gateway keeps traces with operations above the lowest limit of all rules', () => {
  const limits = (over: string) =>
    JSON.stringify(
      configOf('gateway', [
        `A: {watch: slow-operation, operations: [query], levels: [{severity: warning, over: 5s}, {severity: info, over: ${over}}]}`,
      ]).processors['tail_sampling'],
    );
  expect(limits('500ms')).toContain(String.raw`>= Duration(\"0.5s\")`);
  expect(limits('10s')).toContain(String.raw`>= Duration(\"5s\")`);
});

it('notes warn about rules that standalone cannot express', () => {
  const further = 'Fuller: {watch: pool-utilization, levels: [{severity: info, over: 99%}]}';
  const missing = 'Missing: {watch: missing-telemetry, levels: [{severity: warning}]}';
  expect(compile('standalone', [SLOW, FULL, further, missing]).notes).toEqual([
    'standalone/collector.yaml does not evaluate Missing: this needs Prometheus.',
    'standalone/collector.yaml alerts at once for Full: `for` and `keepFiring` need Prometheus.',
    'standalone/collector.yaml does not evaluate Fuller: another rule watches the same gauge.',
  ]);
  expect(compile('standalone', [SLOW]).notes).toEqual([]);
});
