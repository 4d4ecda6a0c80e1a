import { createHash } from 'node:crypto';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { repository } from '@pg-otel/testkit';
import { commandsOf } from './guide';
import type { Setup } from './setup';
import { type Shell, startShell } from './shell';

const applications = path.join(repository, 'test', 'setups', 'applications');

/** Outside the repository: an application must not find the repository's packages in a folder above. */
const prepared = path.join(
  process.env['XDG_CACHE_HOME'] || path.join(os.homedir(), '.cache'),
  'pg-otel',
  'setups',
  hash(repository),
);

/**
 * Copies the application and runs the guide's commands that come before its start. Returns the folder, which later
 * runs use again until the application, the commands or our packages change.
 */
export async function prepare(setup: Setup): Promise<string> {
  const { application, guide, node = process.execPath } = setup;
  const scripts = setup.prepare.map((heading) => commandsOf(guide, heading));
  const folder = path.join(prepared, `${application}-${hash(node, ...scripts)}`);
  const stamp = `${folder}.stamp`;
  const content = hash(packed(), ...contentsOf(path.join(applications, application)));
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === content) return folder;

  fs.rmSync(stamp, { force: true });
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(prepared, { recursive: true });
  fs.cpSync(path.join(applications, application), folder, { recursive: true });
  for (const script of scripts) await run(script, { cwd: folder, node, env: setup.prepareEnv });
  fs.writeFileSync(stamp, content);
  return folder;
}

async function run(script: string, { cwd, node, env }: Shell): Promise<void> {
  const child = startShell(script, { cwd, node, env: { ...packageManagers(), ...env } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`Failed in ${cwd}:\n${script}\n${output}`);
}

/** What makes them ask our registry, and nothing but packages. */
function packageManagers(): Record<string, string> {
  const registry = required('PG_OTEL_REGISTRY');
  return {
    npm_config_registry: registry,
    npm_config_replace_registry_host: 'never',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    // Nothing here needs an install script, and some download programs.
    npm_config_ignore_scripts: 'true',
  };
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
