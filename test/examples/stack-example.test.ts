import { existsSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { freePort, pollUntil, repository, startFixture } from '@pg-otel/testkit';
import { parse } from 'yaml';

const folder = path.join(repository, 'examples/stack');

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly network_mode?: string;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
}
const { services, volumes } = parse(readFileSync(path.join(folder, 'compose.yaml'), 'utf8')) as {
  services: Record<string, Service>;
  volumes: Record<string, null>;
};

/** Where a path in a container comes from, if it is mounted from here. */
function mounted({ volumes: mounts = [] }: Service, inside: string): string | undefined {
  for (const mount of mounts) {
    const [from = '', to = ''] = mount.split(':');
    if (from.startsWith('.') && inside.startsWith(`${to}/`))
      return path.join(folder, from, inside.slice(to.length));
  }
  return undefined;
}

it('names files that there are', () => {
  const named = Object.values(services).flatMap((service) =>
    (service.command ?? []).flatMap((word) => mounted(service, word.replace(/^--[\w.-]+=/, '')) ?? []),
  );
  expect(named.map((file) => path.relative(repository, file)).sort()).toEqual([
    'collector-config/alertmanager/alertmanager.yaml',
    'collector-config/prometheus/prometheus.yaml',
    'collector-config/single/collector.yaml',
    'examples/stack/jaeger.yaml',
    'examples/stack/notifications.js',
    'packages/pg-otel/bin/pg-otel.js',
  ]);
  const sources = Object.values(services).flatMap(({ volumes: mounts = [] }) =>
    mounts.map((mount) => mount.split(':')[0] as string),
  );
  for (const source of sources) {
    expect(source.startsWith('.') ? existsSync(path.join(folder, source)) : source in volumes).toBe(true);
  }
});

it('runs exact versions, and nothing by the name of a package that is not published', () => {
  for (const { image, command = [] } of Object.values(services)) {
    expect(image).toMatch(/:v?\d+\.\d+(\.\d+)?(-alpine)?$/);
    expect(command).not.toContain('npx');
  }
});

it('does not start without a password for the administrator of Grafana', () => {
  expect(services['grafana']?.environment?.['GF_SECURITY_ADMIN_PASSWORD']).toMatch(
    /^\$\{GRAFANA_ADMIN_PASSWORD:\?.+\}$/,
  );
});

it('lets nothing be reached from other machines', () => {
  for (const { ports = [] } of Object.values(services)) {
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:(\d+):\1$/);
  }
});

it('has all of them in one network namespace', () => {
  const { host, ...others } = services;
  expect(host).toBeDefined();
  for (const { network_mode } of Object.values(others)) expect(network_mode).toBe('service:host');
});

it('prints the notifications of Alertmanager', async () => {
  const port = await freePort();
  const program = startFixture({
    installation: 'otel-2',
    script: path.join(folder, 'notifications.js'),
    env: { PORT: `${port}` },
  });
  await program.waitForOutput('Waiting');
  const alert = {
    labels: {
      alertname: 'PostgresQuerySlow',
      severity: 'critical',
      service_name: 'shop',
      db_query_summary: 'SELECT a',
    },
    annotations: { summary: 'A query takes longer than 5 s' },
  };
  const url = `http://127.0.0.1:${port}/pager`;
  const answer = await fetch(url, {
    method: 'POST',
    body: JSON.stringify({ status: 'firing', alerts: [alert] }),
  });
  expect(answer.status).toBe(200);
  expect((await fetch(url, { method: 'POST', body: 'no JSON' })).status).toBe(400);
  await pollUntil(async () => {
    await program.waitForOutput('/pager firing: PostgresQuerySlow (critical) A query takes longer than 5 s');
    return true;
  });
  program.kill('SIGTERM');
  await program.ended;
});
