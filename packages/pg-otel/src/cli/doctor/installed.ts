import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { manifestOf, packageVersion } from '../../package-version';
import { builtFile } from '../built-file';
import type { Finding } from '../finding';
import { packageManagerOf } from './package-manager';

/** A package that `require` finds. */
export interface InstalledPackage {
  readonly file: string;
  readonly version: string;
}

/** The package that `require` would load in a folder, or undefined when it is not installed there. */
export function installed(name: string, from: string): InstalledPackage | undefined {
  try {
    const file = realpathSync(createRequire(path.join(from, 'index.js')).resolve(name));
    return { file, version: packageVersion(file) };
  } catch {
    return undefined;
  }
}

export function checkNode(): Finding {
  const { node } = process.versions;
  const oldest = oldestNode();
  if (node.localeCompare(oldest, 'en', { numeric: true }) >= 0)
    return { check: 'node', status: 'ok', message: `Node ${node}` };
  return {
    check: 'node',
    status: 'problem',
    message: `pg-otel does not support Node ${node}`,
    advice: `Use Node ${oldest} or newer.`,
  };
}

/** The `engines` field of this package, which is `>=` and a version. */
function oldestNode(): string {
  const { engines } = manifestOf(__filename) as unknown as { engines: { node: string } };
  return engines.node.replace('>=', '');
}

export function checkInstallation(cwd: string): Finding {
  const here = realpathSync(builtFile('index.js'));
  const ofApplication = installed('pg-otel', cwd);
  const manager = packageManagerOf(cwd);
  const version = packageVersion(here);
  if (ofApplication?.file === here) {
    return { check: 'pg-otel', status: 'ok', message: `pg-otel ${version}` };
  }
  return {
    check: 'pg-otel',
    status: 'problem',
    message:
      ofApplication === undefined
        ? `pg-otel is not installed in ${cwd}; this is ${version} from elsewhere`
        : `${cwd} has pg-otel ${ofApplication.version}, this is another copy (${version})`,
    advice: `In the folder of the application: ${manager.add} pg-otel, and ${manager.run} pg-otel doctor.`,
  };
}
