import { createHash } from 'node:crypto';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { repository } from '@pg-otel/testkit';
import { commandsOf } from './guide';
import { commandFolder, packageManagerEnvironment } from './package-manager';
import type { Setup } from './setup';
import { type Shell, startShell } from './shell';

const applications = path.join(repository, 'test', 'setups', 'applications');

/** Where applications are prepared (scripts/setups/prepared.mjs). */
const prepared = (): string => required('PG_OTEL_PREPARED');

/**
 * Copies the application and runs the guide's commands that come before its start. Returns the folder, which later
 * runs use again until the application, the commands or our packages change.
 */
export async function prepare(setup: Setup): Promise<string> {
  const { base, application, guide, node = process.execPath } = setup;
  const sources = [...(base === undefined ? [] : [base]), application].map((name) =>
    name.startsWith('examples/') ? path.join(repository, name) : path.join(applications, name),
  );
  const scripts = setup.prepare.map((heading) => commandsOf(guide, heading));
  const folder = path.join(
    prepared(),
    `${application.replace('/', '-')}-${hash(node, setup.packageManager ?? 'npm', ...scripts)}`,
  );
  const stamp = `${folder}.stamp`;
  const content = hash(packed(), ...sources.flatMap(contentsOf));
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === content) return folder;

  fs.rmSync(stamp, { force: true });
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(prepared(), { recursive: true });
  for (const source of sources) fs.cpSync(source, folder, { recursive: true });
  for (const script of scripts) {
    await run(script, { cwd: folder, node, commands: commandsBeyondNode(setup), env: setup.prepareEnv });
  }
  fs.writeFileSync(stamp, content);
  return folder;
}

/** Runs the commands under a heading in the prepared application, and returns what they print. */
export async function runCommands(
  setup: Setup,
  heading: string,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const { guide, node = process.execPath } = setup;
  const cwd = await prepare(setup);
  return run(commandsOf(guide, heading), { cwd, node, commands: commandsBeyondNode(setup), env });
}

async function run(script: string, { env, ...shell }: Shell): Promise<string> {
  const registry = packageManagerEnvironment(required('PG_OTEL_REGISTRY'));
  const child = startShell(script, { ...shell, env: { ...registry, ...env } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`Failed in ${shell.cwd}:\n${script}\n${output}`);
  return output;
}

/** A folder with the command of the set-up's package manager; none for npm, which comes with Node. */
export function commandsBeyondNode({ packageManager }: Setup): string | undefined {
  if (packageManager === undefined) return undefined;
  return commandFolder(packageManager, path.join(prepared(), 'commands'));
}

/** Changes with our packages. */
function packed(): string {
  return required('PG_OTEL_PACKED');
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: use \`npm run setups\``);
  return value;
}

function contentsOf(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort()
    .flatMap((file) => [path.relative(folder, file), fs.readFileSync(file, 'base64')]);
}

function hash(...texts: string[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 16);
}
