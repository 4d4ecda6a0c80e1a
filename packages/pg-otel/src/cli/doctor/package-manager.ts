import { existsSync } from 'node:fs';
import path from 'node:path';

interface PackageManager {
  readonly name: string;
  /** Its files next to the package.json of a project or workspace. */
  readonly files: readonly string[];
  readonly add: string;
  /** Lists the packages that depend on a package. */
  readonly why: string;
  /** Replaces copies of a package by one where the versions allow it. */
  readonly dedupe: string;
  /** Runs a command of an installed package. */
  readonly run: string;
}

const npm: PackageManager = {
  name: 'npm',
  files: ['package-lock.json', 'npm-shrinkwrap.json'],
  add: 'npm install',
  why: 'npm ls',
  dedupe: 'npm dedupe',
  run: 'npx',
};
const managers: readonly PackageManager[] = [
  npm,
  {
    name: 'pnpm',
    files: ['pnpm-lock.yaml'],
    add: 'pnpm add',
    why: 'pnpm why',
    dedupe: 'pnpm dedupe',
    run: 'pnpm exec',
  },
  {
    name: 'yarn',
    files: ['yarn.lock', '.pnp.cjs'],
    add: 'yarn add',
    why: 'yarn why',
    dedupe: 'yarn dedupe (Yarn 1: npx yarn-deduplicate)',
    run: 'yarn run',
  },
];

/**
 * The package manager of the project in a folder: the one with the nearest files above it, else the one that runs this
 * process, else npm. The files take precedence, because `npx` also works in projects of other package managers.
 */
export function packageManagerOf(
  folder: string,
  userAgent: string | undefined = process.env['npm_config_user_agent'],
): PackageManager {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    const found = managers.find(({ files }) => files.some((file) => existsSync(path.join(at, file))));
    if (found !== undefined) return found;
    if (at === path.dirname(at)) break;
  }
  return managers.find(({ name }) => userAgent?.startsWith(`${name}/`)) ?? npm;
}
