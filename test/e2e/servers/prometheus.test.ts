import { haveServers, pollUntil, promtool, startPrometheus } from '@pg-otel/testkit';
import { using } from '../stage';
import { crashAndRestart } from './crash';

describe.each(['2', '3'] as const)('Prometheus %s', (version) => {
  // describe.each takes no describe.skip for one of its rows.
  const itWith = haveServers(`prometheus-${version}`) ? it : it.skip;
  const config = (target: string) => `
global: {scrape_interval: 200ms, evaluation_interval: 200ms}
rule_files: [rules/*.yml]
scrape_configs:
  - job_name: collector
    static_configs: [{targets: ["${target}"]}]
`;
  const rules = `
groups:
  - name: test
    rules:
      - alert: TargetIsUp
        expr: up{job="collector"} == 1
        labels: {severity: warning}
        annotations: {summary: "{{ $labels.job }} is up"}
`;

  itWith('scrapes, answers a query, evaluates a rule, and has its data after a crash', async () => {
    // What is scraped is another one: anything with metrics would do. The first scrape comes after five seconds
    // (the discovery's pace), regardless of the interval.
    const target = await using(startPrometheus({ version, config: { text: 'global: {}' } }));
    const instance = `127.0.0.1:${target.ports.web}`;
    const prometheus = await using(
      startPrometheus({
        version,
        config: { text: config(instance) },
        files: { 'rules/test.yml': rules },
      }),
    );
    const up = { labels: { __name__: 'up', instance, job: 'collector' }, value: 1 };
    await pollUntil(async () => (await prometheus.query('up')).length > 0);
    expect(await prometheus.query('up')).toEqual([up]);
    expect(await prometheus.query('scalar(up) / 0')).toEqual([
      { labels: {}, value: Number.POSITIVE_INFINITY },
    ]);
    const major = await prometheus.query('prometheus_build_info');
    expect(major).toMatchObject([
      { labels: { version: expect.stringMatching(new RegExp(`^${version}\\.`)) } },
    ]);
    const [alert] = await pollUntil(async () => {
      const alerts = await prometheus.alerts();
      return alerts.length > 0 && alerts;
    });
    expect(alert).toEqual({
      labels: { alertname: 'TargetIsUp', severity: 'warning', instance, job: 'collector' },
      annotations: { summary: 'collector is up' },
      state: 'firing',
      activeAt: expect.any(Date),
      value: 1,
    });

    await target.kill();
    await pollUntil(async () => (await prometheus.query('up == 0')).length > 0);
    const beforeTheCrash = new Date();
    await crashAndRestart(prometheus);
    expect(await prometheus.query('max_over_time(up[1m])', beforeTheCrash)).toEqual([
      { labels: { instance, job: 'collector' }, value: 1 },
    ]);
  });

  itWith('refuses a query that is wrong, and one whose result it does not read', async () => {
    const prometheus = await using(startPrometheus({ version, config: { text: 'global: {}' } }));
    await expect(prometheus.query('up{')).rejects.toThrow(`Prometheus ${version}: invalid parameter "query"`);
    await expect(prometheus.query('up[1m]')).rejects.toThrow('up[1m] is a matrix');
  });

  itWith('reports a wrong configuration', async () => {
    await expect(startPrometheus({ version, config: { text: 'globule: {}' } })).rejects.toThrow(
      new RegExp(`^prometheus-${version} did not start \\(exit code 2\\):.*field globule not found`, 's'),
    );
  });

  itWith('has its own promtool', () => {
    expect(promtool(version, ['--version']).output).toMatch(new RegExp(`^promtool, version ${version}\\.`));
    const wrong = promtool(version, ['check', 'config', '/no/such/file']);
    expect(wrong).toEqual({ code: 1, output: expect.stringContaining('/no/such/file') });
  });
});
