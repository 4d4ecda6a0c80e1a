import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { packageManagerOf } from './package-manager';

let project: string;
beforeEach(() => {
  project = mkdtempSync(path.join(tmpdir(), 'pg-otel-project-'));
});
afterEach(() => rmSync(project, { recursive: true }));

it.each([
  ['package-lock.json', 'npm install'],
  ['pnpm-lock.yaml', 'pnpm add'],
  ['yarn.lock', 'yarn add'],
  ['.pnp.cjs', 'yarn add'],
])('a project with %s is installed by %s, even if npx runs the command', (file, add) => {
  writeFileSync(path.join(project, file), '');
  expect(packageManagerOf(project, 'npm/11.0.0 node/v24.0.0').add).toBe(add);
});

it('a package of a workspace uses the package manager of the workspace', () => {
  writeFileSync(path.join(project, 'pnpm-lock.yaml'), '');
  const inner = path.join(project, 'apps', 'notes');
  mkdirSync(inner, { recursive: true });
  expect(packageManagerOf(inner, undefined).name).toBe('pnpm');
});

it.each([
  ['pnpm/12.0.0 npm/? node/v24.0.0', 'pnpm'],
  ['yarn/4.0.0 npm/? node/v24.0.0', 'yarn'],
  ['npm/11.0.0 node/v24.0.0', 'npm'],
  ['', 'npm'],
])('without a lock file, %j means %s', (userAgent, name) => {
  expect(packageManagerOf(project, userAgent).name).toBe(name);
});
