import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import {
  type FixtureResult,
  installationFolder,
  onePerMajorVersion,
  type Runtime,
  repository,
  runFixture,
  titled,
} from '@pg-otel/testkit';

const SHIPPED = path.join(repository, 'collector-config/thresholds.yaml');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pg-otel alerts '));
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (...parts: string[]) => path.join(folder, 'collector-config', ...parts);
const changeThresholds = (from: string, to: string) =>
  writeFileSync(at('thresholds.yaml'), readFileSync(at('thresholds.yaml'), 'utf8').replace(from, to));

/** A tool that records its arguments, and fails if one of them matches. */
function placeTool(name: string, failsOn = 'nothing'): string {
  const file = path.join(folder, name);
  writeFileSync(
    file,
    `#!/bin/sh\necho "${name} $*" >> "${folder}/asked"\ncase "$*" in *${failsOn}*) echo "${name} failed"; exit 1;; esac\n`,
  );
  chmodSync(file, 0o755);
  return file;
}

describe.each(titled(onePerMajorVersion()))('on %s', (_, { installation, node }: Runtime) => {
  const alerts = (...args: string[]): Promise<FixtureResult> =>
    runFixture({
      installation,
      node,
      folder,
      command: [path.join(installationFolder(installation), 'node_modules/pg-otel/dist/cli/main.js')],
      args: ['alerts', ...args],
      // Without the tools of this machine.
      env: { PATH: folder },
    });

  describe('pg-otel alerts build', () => {
    it('starts with the shipped thresholds, and compiles the files of the repository', async () => {
      const { code, stdout, stderr } = await alerts('build', '--init');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^\+ collector-config\/thresholds\.yaml\n\+ /);
      expect(stdout).toMatch(/^\+ collector-config\/single\/collector\.yaml$/m);
      expect(readFileSync(at('thresholds.yaml'), 'utf8')).toBe(readFileSync(SHIPPED, 'utf8'));
      for (const file of ['single/collector.yaml', 'prometheus/rules.yaml', 'instrumentation.env']) {
        expect(readFileSync(at(file), 'utf8')).toBe(
          readFileSync(path.join(repository, 'collector-config', file), 'utf8'),
        );
      }
    });

    it('lists the thresholds that it has written, also elsewhere, and only those', async () => {
      const listed = async () => {
        const { stdout } = await alerts(
          'build',
          '--init',
          '--json',
          '--thresholds',
          'limits.yaml',
          '--out',
          'out',
        );
        const { files } = JSON.parse(stdout) as { files: { path: string; state: string }[] };
        return files.filter((file) => file.path.includes('limits'));
      };
      expect(await listed()).toEqual([{ path: '../limits.yaml', state: 'new' }]);
      expect(await listed()).toEqual([]);
    });

    it('keeps existing thresholds, writes the changed files, and lists them', async () => {
      await alerts('build', '--init', '--profile', 'single');
      changeThresholds('over: 95%', 'over: 90%');
      const { stdout, code } = await alerts('build', '--init', '--profile', 'single', '--json');
      expect(code).toBe(0);
      const { files } = JSON.parse(stdout) as { files: { path: string; state: string }[] };
      expect(files.filter(({ state }) => state === 'changed').map((file) => file.path)).toEqual([
        'prometheus/rules.yaml',
        'grafana/pools.json',
      ]);
      expect(readFileSync(at('prometheus/rules.yaml'), 'utf8')).toContain('> 0.9');
      expect((await alerts('build', '--profile', 'single')).stdout).toContain('Everything is up to date.');
    });

    it('writes nothing with --check', async () => {
      await alerts('build', '--init');
      expect((await alerts('build', '--check')).code).toBe(0);
      changeThresholds('over: 5s', 'over: 10s');
      const before = readFileSync(at('single/collector.yaml'), 'utf8');
      const { code, stdout } = await alerts('build', '--check');
      expect(code).toBe(1);
      expect(stdout).toMatch(/^~ collector-config\/single\/collector\.yaml$/m);
      expect(readFileSync(at('single/collector.yaml'), 'utf8')).toBe(before);
    });

    it('warns of rules that a profile cannot express', async () => {
      const { stdout } = await alerts('build', '--init', '--profile', 'standalone');
      expect(stdout).toMatch(
        /^! standalone\/collector\.yaml does not evaluate PostgresQueryTarget, .*: this needs Prometheus\.$/m,
      );
    });

    it('compiles for a Prometheus without a collector, and warns of rules that need one', async () => {
      const { code, stdout } = await alerts('build', '--init', '--profile', 'prometheus');
      expect(code).toBe(0);
      expect(stdout.match(/^\+ .*\.(yaml|json|env)$/gm)?.join()).not.toMatch(
        /collector\.yaml(?<!without-collector\.yaml)/,
      );
      expect(readFileSync(at('prometheus/without-collector.yaml'), 'utf8')).toContain(
        'promote_resource_attributes',
      );
      expect(stdout).toMatch(
        /^! prometheus\/without-collector\.yaml: PostgresConnectionHeld is not evaluated/m,
      );
    });

    it.each([
      [['build'], /There is no .*thresholds\.yaml: --thresholds <file>, or --init/],
      [
        ['build', '--profile', 'big'],
        /--profile must be one of single, standalone, agent, gateway, prometheus, got "big"/,
      ],
      [['build', '--init', '--check'], /--init writes and --check does not/],
      [['build', '--unknown'], /Unknown option '--unknown'/],
      [['rebuild'], /There is no command "rebuild"/],
      [[], /A command is missing/],
    ])('exits with code 2 for %j', async (args, message) => {
      const { code, stderr, stdout } = await alerts(...args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(message);
    });

    it('reports a mistake in the thresholds with file, line and setting, and writes nothing', async () => {
      await alerts('build', '--init', '--profile', 'single');
      const before = readFileSync(at('prometheus/rules.yaml'), 'utf8');
      changeThresholds('over: 5s', 'over: 6s');
      const { code, stderr } = await alerts('build');
      expect(code).toBe(2);
      expect(stderr).toMatch(
        /thresholds\.yaml:\d+:\d+: rules\.PostgresQuerySlow\.levels\[1\]\.over must be a bucket edge of db\.client\.operation\.duration: the nearest edges are 5s and 10s/,
      );
      expect(readFileSync(at('prometheus/rules.yaml'), 'utf8')).toBe(before);
    });

    const modeOf = (file: string) => statSync(file).mode & 0o777;

    it('writes no file that is readable by more users than the thresholds', async () => {
      await alerts('build', '--init', '--profile', 'single');
      chmodSync(at('alertmanager/alertmanager.yaml'), 0o644);
      chmodSync(at('thresholds.yaml'), 0o600);
      changeThresholds('over: 95%', 'over: 90%');
      expect((await alerts('build')).code).toBe(0);
      // Unchanged, changed and new.
      for (const name of [
        'alertmanager/alertmanager.yaml',
        'prometheus/rules.yaml',
        'agent/collector.yaml',
      ]) {
        expect([name, modeOf(at(name))]).toEqual([name, 0o600]);
      }
    });

    it('does not change the mode of a file that is readable by fewer users than the thresholds', async () => {
      await alerts('build', '--init', '--profile', 'single');
      chmodSync(at('prometheus/rules.yaml'), 0o640);
      changeThresholds('over: 95%', 'over: 90%');
      await alerts('build', '--profile', 'single');
      expect(modeOf(at('prometheus/rules.yaml'))).toBe(0o640);
    });

    it('replaces a symbolic link and keeps its target', async () => {
      await alerts('build', '--init', '--profile', 'single');
      const elsewhere = path.join(folder, 'elsewhere');
      writeFileSync(elsewhere, 'of somebody else');
      rmSync(at('prometheus/rules.yaml'));
      symlinkSync(elsewhere, at('prometheus/rules.yaml'));
      expect((await alerts('build', '--profile', 'single')).code).toBe(0);
      expect(readFileSync(elsewhere, 'utf8')).toBe('of somebody else');
      expect(lstatSync(at('prometheus/rules.yaml')).isFile()).toBe(true);
      // No temporary file is left.
      expect(readdirSync(at('prometheus')).filter((name) => name.startsWith('.'))).toEqual([]);
    });

    it('reports thresholds that contain themselves in one line, without a stack', async () => {
      await alerts('build', '--init', '--profile', 'single');
      writeFileSync(at('thresholds.yaml'), 'a: &a [*a]');
      const { code, stderr } = await alerts('build');
      expect(code).toBe(2);
      expect(stderr).toMatch(/^[^\n]*thresholds\.yaml:1:8: a\[0\] must not contain itself\n$/);
    });

    it('names the folder in which it cannot write', async () => {
      await alerts('build', '--init', '--profile', 'single');
      writeFileSync(path.join(folder, 'taken'), '');
      const { code, stderr } = await alerts('build', '--out', 'taken');
      expect(code).toBe(2);
      expect(stderr).toMatch(/taken.* cannot be (read|written) \(ENOTDIR\)/);
    });
  });

  describe('pg-otel alerts check', () => {
    it('lists the checks that it skipped', async () => {
      await alerts('build', '--init');
      const { code, stdout } = await alerts('check', '--json');
      expect(code).toBe(0);
      const { ok, findings } = JSON.parse(stdout) as { ok: boolean; findings: Record<string, string>[] };
      expect(ok).toBe(true);
      expect(findings.map(({ check, status }) => `${status} ${check}`)).toEqual([
        'ok thresholds',
        ...['single', 'standalone', 'agent', 'gateway'].map((name) => `skipped ${name}: otelcol validate`),
        ...['check rules', 'check config'].map((name) => `skipped promtool ${name}`),
        'skipped amtool check-config',
      ]);
      expect(findings[1]?.['message']).toBe('not checked: neither otelcol-contrib nor otelcol is installed');
    });

    it('counts the skipped checks, and fails for them with --require-tools', async () => {
      await alerts('build', '--init');
      const { code, stdout } = await alerts('check');
      expect(code).toBe(0);
      expect(stdout).toMatch(/\n\nNo problems; (\d+) of (?!\1)\d+ checks skipped\.\n$/);
      expect(stdout).not.toContain('All well.');
      const required = await alerts('check', '--require-tools');
      expect(required.code).toBe(1);
      expect(required.stdout).toMatch(/\n\n\d+ problems\.\n$/);
      expect(required.stdout).toMatch(/^✗ promtool check rules +not checked: promtool is not installed$/m);
    });

    it('runs the installed tools', async () => {
      await alerts('build', '--init', '--profile', 'single');
      for (const name of ['otelcol-contrib', 'promtool', 'amtool']) placeTool(name);
      const { code, stdout } = await alerts('check');
      expect(code).toBe(0);
      expect(stdout).toContain('All well.');
      const asked = readFileSync(path.join(folder, 'asked'), 'utf8');
      expect(asked).toContain(`otelcol-contrib validate --config=${at('single/collector.yaml')}`);
      expect(asked).toContain(`promtool check rules ${at('prometheus/rules.yaml')}`);
      expect(asked).toContain(`promtool check config ${at('prometheus/prometheus.yaml')}`);
      expect(asked).toContain(`amtool check-config ${at('alertmanager/alertmanager.yaml')}`);
    });

    it('finds a tool by a path relative to the working directory', async () => {
      await alerts('build', '--init', '--profile', 'single');
      placeTool('otelcol');
      const { stdout } = await alerts('check', '--otelcol', './otelcol');
      expect(stdout).toMatch(/^✓ single: otelcol validate/m);
    });

    it.each([
      ['--promtool', 'check rules', 'promtool check rules'],
      ['--otelcol', 'validate', 'single: otelcol validate'],
      ['--amtool', 'check-config', 'amtool check-config'],
    ])('reports a problem when %s fails', async (option, failsOn, check) => {
      await alerts('build', '--init', '--profile', 'single');
      const tool = placeTool('tool', failsOn.replace(' ', '*'));
      const { code, stdout } = await alerts('check', option, tool, '--json');
      expect(code).toBe(1);
      const { findings } = JSON.parse(stdout) as { findings: Record<string, string>[] };
      expect(
        findings.filter(({ status }) => status === 'problem').map((finding) => finding['check']),
      ).toEqual([check]);
    });

    it('reports a problem when a limit was changed but not compiled', async () => {
      await alerts('build', '--init');
      changeThresholds('over: 95%', 'over: 90%');
      const { code, stdout } = await alerts('check');
      expect(code).toBe(1);
      expect(stdout).toMatch(/✗ thresholds +not what they compile to: prometheus\/rules\.yaml/);
    });

    it('reports a problem when nothing is compiled yet', async () => {
      await alerts('build', '--init');
      const { code, stdout } = await alerts('check', '--out', 'elsewhere');
      expect(code).toBe(1);
      expect(stdout).toMatch(/✗ thresholds +nothing is compiled yet/);
    });
  });

  it('doctor lists the limits of the thresholds at which the application emits no events', async () => {
    await alerts('build', '--init', '--profile', 'single');
    const doctor = async (env: Readonly<Record<string, string>>) => {
      const { stdout } = await runFixture({
        installation,
        node,
        folder,
        command: [path.join(installationFolder(installation), 'node_modules/pg-otel/dist/cli/main.js')],
        args: ['doctor', '--json'],
        env: { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', ...env },
      });
      const { findings } = JSON.parse(stdout) as { findings: Record<string, string>[] };
      return findings.find(({ check }) => check === 'thresholds');
    };
    expect(await doctor({})).toMatchObject({ status: 'ok' });
    expect(await doctor({ PG_OTEL_SLOW_AFTER: '1,2', PG_OTEL_HELD_AFTER: '10' })).toMatchObject({
      status: 'problem',
      message:
        'rules of collector-config/thresholds.yaml never fire: PG_OTEL_SLOW_AFTER lacks 5, PG_OTEL_HELD_AFTER is 10 instead of 30',
    });
    changeThresholds('watch: slow-operation', 'watch: slowly');
    expect(await doctor({})).toMatchObject({
      status: 'problem',
      message: expect.stringContaining('watch must be'),
    });
  });
});
