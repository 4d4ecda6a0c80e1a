import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { npm, repository, run, runBin, runScript } from './command.mjs';
import { installationFolders } from './installations.mjs';
import { linksInMarkdown, pagesInCode } from './links.mjs';
import { pack, publishedPackages } from './pack.mjs';
import { vocabulary } from './vocabulary.mjs';

/** Checks beyond the tests: each has a name and a function that throws an error with the findings. */
export async function checks() {
  const tarballs = await pack();
  return [
    { name: 'dependency direction', check: dependencyDirection },
    {
      name: 'unused files, exports and dependencies',
      check: () => runBin('knip/bin/knip.js', ['--no-progress']),
    },
    { name: 'vocabulary (textlint, .vocabulary.yml)', check: vocabulary },
    ...publishedPackages().flatMap(({ name }) => [
      {
        name: `${name}: package.json and files (publint)`,
        check: () => packageLint(tarballs.get(name)),
      },
      { name: `${name}: types for CommonJS and ESM (attw)`, check: () => packageTypes(tarballs.get(name)) },
    ]),
    { name: 'collector-config is what its thresholds compile to', check: compiledConfig },
    { name: 'docs/reference is generated from the packages', check: referencePages },
    { name: 'changesets', check: changesets },
    { name: 'links in Markdown', check: linksInMarkdown },
    { name: 'pages that code names', check: pagesInCode },
    { name: 'lock files are complete', check: lockFilesComplete },
    { name: 'no host name in a lock file', check: lockFilesNeutral },
    { name: 'an integrity hash for each package in a lock file', check: lockFilesVerifiable },
  ];
}

function dependencyDirection() {
  const folders = ['packages', 'examples', 'scripts', 'test', 'bench'].filter((folder) =>
    existsSync(path.join(repository, folder)),
  );
  return runBin('dependency-cruiser/bin/dependency-cruise.mjs', [
    '--config',
    '.dependency-cruiser.cjs',
    ...folders,
  ]);
}

function packageLint(tarball) {
  return runBin('publint/src/cli.js', ['run', tarball, '--strict']);
}

function packageTypes(tarball) {
  // The profile leaves out resolution as it was before `exports` existed (node10).
  return runBin('@arethetypeswrong/cli/dist/index.js', ['--profile', 'node16', '--format', 'ascii', tarball]);
}

/** After a change of a limit or a compiler, run: npx pg-otel alerts build. */
function compiledConfig() {
  return run(process.execPath, ['packages/pg-otel/dist/cli/main.js', 'alerts', 'build', '--check']);
}

/** After a change of the CLI's help, an export or the thresholds: npm run reference. */
function referencePages() {
  return runScript('reference.mjs', ['--check']);
}

/** The configuration is valid and pending changesets name packages that exist: else there is no release plan. */
async function changesets() {
  // Not a static import: CI loads this file before anything is installed.
  const { default: getReleasePlan } = await import('@changesets/get-release-plan');
  await getReleasePlan(repository);
}

/** npm leaves packages of other systems out when its registry does not have them. `npm ci` then fails. */
async function lockFilesComplete() {
  for (const cwd of lockedFolders()) await npm(['ci', '--dry-run', '--ignore-scripts'], { cwd });
}

/** A lock file made behind a mirror would send everybody there (.npmrc: omit-lockfile-registry-resolved). */
function lockFilesNeutral() {
  const wrong = lockFiles().filter((file) => /"resolved": "https?:/.test(readFileSync(file, 'utf8')));
  if (wrong.length > 0) throw new Error(`"resolved" with a host in ${wrong.join(', ')}`);
}

/**
 * npm installs an entry without a hash unverified. It writes such entries for packages of other systems when the lock
 * file is made from node_modules. To repair: delete them from the file, then `npm install --package-lock-only`.
 */
function lockFilesVerifiable() {
  const unverified = lockFiles().flatMap((file) =>
    Object.entries(JSON.parse(readFileSync(file, 'utf8')).packages)
      .filter(([place, entry]) => place.includes('node_modules/') && !entry.link && !entry.integrity)
      .map(([place]) => `${path.relative(repository, file)}: ${place}`),
  );
  if (unverified.length > 0) throw new Error(`no "integrity" for\n${unverified.join('\n')}`);
}

function lockFiles() {
  return [...lockedFolders(), ...setupFolders()]
    .map((folder) => path.join(folder, 'package-lock.json'))
    .filter(existsSync);
}

function lockedFolders() {
  return [repository, ...installationFolders()];
}

function setupFolders() {
  const applications = path.join(repository, 'test/setups/applications');
  return [
    path.join(repository, 'test/setups/package-managers'),
    ...readdirSync(applications).map((name) => path.join(applications, name)),
  ];
}

/** Runs checks one after the other, and prints a line and the findings of each. Resolves with the counts. */
export async function runChecks(list) {
  const count = { passed: 0, failed: 0 };
  for (const { name, check } of list) {
    try {
      await check();
      count.passed++;
      console.log(`✓ ${name}`);
    } catch (error) {
      count.failed++;
      console.log(`✗ ${name}\n${error.message.replace(/^/gm, '    ')}`);
    }
  }
  return count;
}
