import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { defaultNode, type Installation, installationFolder, runFixture } from '@pg-otel/testkit';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pg-otel-installation-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

/** Our packages with shared packages as a package manager may have installed them. */
function install(lockFile: string, shared: Readonly<Record<string, Installation>>): void {
  fs.writeFileSync(path.join(folder, lockFile), '');
  for (const name of ['pg-otel', '@pg-otel']) {
    fs.cpSync(
      path.join(installationFolder('otel-2'), 'node_modules', name),
      path.join(folder, 'node_modules', name),
      {
        recursive: true,
      },
    );
  }
  fs.mkdirSync(path.join(folder, 'node_modules', '@opentelemetry'));
  for (const [name, installation] of Object.entries(shared)) {
    const target = path.join(installationFolder(installation), 'node_modules', '@opentelemetry', name);
    fs.symlinkSync(target, path.join(folder, 'node_modules', '@opentelemetry', name));
  }
}

async function doctor(installation: Installation, check = 'opentelemetry') {
  const command = [path.join(folder, 'node_modules/pg-otel/dist/cli/main.js')];
  const { stdout, stderr, code } = await runFixture({
    installation,
    folder,
    command,
    args: ['doctor', '--json'],
    env: { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' },
  });
  expect(stderr).toBe('');
  const { findings } = JSON.parse(stdout) as { findings: { check: string }[] };
  return { code, found: findings.find((finding) => finding.check === check) };
}

const V2 = '@opentelemetry/api@1.9 @opentelemetry/sdk-node@0.223 @opentelemetry/instrumentation@0.223';
const V3 = '@opentelemetry/api@1.10 @opentelemetry/sdk-node@0.301 @opentelemetry/instrumentation@0.301';

it('Yarn has installed pg-otel without its peers: doctor names what is missing and the command', async () => {
  install('yarn.lock', { api: 'otel-2' });
  expect(await doctor('otel-2')).toMatchObject({
    code: 1,
    found: {
      status: 'problem',
      message:
        '@opentelemetry/sdk-node, @opentelemetry/instrumentation: not installed where pg-otel finds it',
      advice: `yarn add ${V2}`,
    },
  });
});

it('pnpm has installed OpenTelemetry 3.x on Node 20: doctor names the command for 2.x', async () => {
  install('pnpm-lock.yaml', { api: 'otel-3', 'sdk-node': 'otel-3', instrumentation: 'otel-3' });
  expect(await doctor('otel-2')).toMatchObject({
    code: 1,
    found: {
      status: 'problem',
      message: `OpenTelemetry JS 3.x needs Node 22.15 or newer, this is ${process.versions.node}`,
      advice: `pnpm add ${V2}`,
    },
  });
});

it('packages of two major versions are mixed: doctor names those that do not fit', async () => {
  install('package-lock.json', { api: 'otel-2', 'sdk-node': 'otel-3', instrumentation: 'otel-2' });
  expect(await doctor('otel-3')).toMatchObject({
    code: 1,
    found: {
      status: 'problem',
      message: expect.stringMatching(
        /^@opentelemetry\/api 1\.9\.\d+, @opentelemetry\/instrumentation 0\.223\.\d+: not of OpenTelemetry JS 3\.x, as @opentelemetry\/sdk-node 0\.301\.\d+ is$/,
      ),
      advice: `npm install ${V3}`,
    },
  });
});

/** A package of OpenTelemetry in the folder. */
function writePackage(place: string, name: string, dependencies: readonly string[]): string {
  const at = path.join(place, 'node_modules', '@opentelemetry', name);
  fs.mkdirSync(at, { recursive: true });
  fs.writeFileSync(path.join(at, 'index.js'), '');
  const manifest = { name: `@opentelemetry/${name}`, version: '2.12.0' };
  const ranges = Object.fromEntries(dependencies.map((one) => [`@opentelemetry/${one}`, '*']));
  fs.writeFileSync(path.join(at, 'package.json'), JSON.stringify({ ...manifest, dependencies: ranges }));
  return at;
}

it.each([
  ['package-lock.json', 'npm dedupe leaves as few as the versions allow.'],
  ['pnpm-lock.yaml', 'pnpm dedupe leaves as few as the versions allow.'],
  ['yarn.lock', 'yarn dedupe (Yarn 1: npx yarn-deduplicate) leaves as few as the versions allow.'],
])(
  'packages of the SDK have copies of one package (%s): doctor counts them and names the command',
  async (lockFile, advice) => {
    install(lockFile, { api: 'otel-2' });
    writePackage(folder, 'sdk-node', ['core', 'sdk-trace', 'resources']);
    writePackage(folder, 'resources', ['core']);
    writePackage(folder, 'core', []);
    writePackage(writePackage(folder, 'sdk-trace', ['core', 'resources']), 'core', []);
    expect((await doctor('otel-2', 'copies')).found).toEqual({
      check: 'copies',
      status: 'note',
      message: '2 copies of @opentelemetry/core (2.12.0), which the process loads when it starts',
      advice,
      details: { package: '@opentelemetry/core', copies: 2, versions: ['2.12.0'] },
    });
  },
);

it('packages of the SDK share one copy: doctor reports no copies', async () => {
  install('package-lock.json', { api: 'otel-2' });
  writePackage(folder, 'sdk-node', ['core', 'resources']);
  writePackage(folder, 'resources', ['core']);
  writePackage(folder, 'core', []);
  expect((await doctor('otel-2', 'copies')).found).toBeUndefined();
});

it.each(['otel-2', 'otel-3'] as const)(
  'an application without the peer dependencies runs, and one warning names what is missing (%s)',
  async (installation) => {
    install('yarn.lock', {});
    fs.writeFileSync(path.join(folder, 'app.js'), "console.log('works');");
    const { stdout, stderr, code } = await runFixture({
      installation,
      node: defaultNode(installation),
      folder,
      command: ['--import', 'pg-otel/register', 'app.js'],
    });
    expect({ stdout, code }).toEqual({ stdout: 'works\n', code: 0 });
    expect(stderr.match(/\[PG_OTEL_NOT_STARTED\] PgOtelWarning: .*/g)).toEqual([
      expect.stringMatching(/Cannot find module '@opentelemetry\/[a-z-]+'\. Install it in the application/),
    ]);
  },
);
