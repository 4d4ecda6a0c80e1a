import * as fs from 'node:fs';
import * as path from 'node:path';
import { repository } from '@pg-otel/testkit';

/** npm comes with each Node; Yarn is the one of today, `yarn-1` the classic one. */
export type PackageManager = 'pnpm' | 'yarn' | 'yarn-1';

const installed = path.join(repository, 'test', 'setups', 'package-managers', 'node_modules');

const programs: Record<PackageManager, { readonly command: string; readonly program: string }> = {
  pnpm: { command: 'pnpm', program: path.join(installed, '.bin', 'pnpm') },
  yarn: { command: 'yarn', program: `node ${path.join(installed, '@yarnpkg/cli-dist/bin/yarn.js')}` },
  'yarn-1': {
    command: 'yarn',
    // Its cache knows a package by name and version, and ours change without a new version.
    program: `env YARN_CACHE_FOLDER="$PWD/.yarn-cache" node ${path.join(installed, 'yarn-1/bin/yarn.js')}`,
  },
};

/** Makes a folder below another that has the command of a package manager, and nothing else; returns its path. */
export function commandFolder(manager: PackageManager, parent: string): string {
  const { command, program } = programs[manager];
  const folder = path.join(parent, manager);
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, command), `#!/bin/sh\nexec ${program} "$@"\n`, { mode: 0o755 });
  return folder;
}

/** Makes each package manager ask this registry, keep nothing of ours for later, and do nothing but install. */
export function packageManagerEnvironment(registry: string): Record<string, string> {
  return {
    npm_config_registry: registry,
    npm_config_replace_registry_host: 'never',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    // Nothing here needs an install script, and some download programs.
    npm_config_ignore_scripts: 'true',
    pnpm_config_registry: registry,
    YARN_NPM_REGISTRY_SERVER: registry,
    YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1',
    YARN_ENABLE_TELEMETRY: 'false',
    // As for Yarn 1.
    YARN_ENABLE_GLOBAL_CACHE: 'false',
    YARN_ENABLE_MIRROR: 'false',
  };
}
