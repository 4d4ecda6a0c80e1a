import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { manifestOf } from '../../package-version';
import type { Finding } from '../finding';
import { installed } from './installed';
import { packageManagerOf } from './package-manager';

const SDK = '@opentelemetry/sdk-node';
const SHARED = '@opentelemetry/core';

/**
 * Reports that packages of the SDK have copies of a package that they could share. npm installs them when another package
 * has brought a version that `@opentelemetry/sdk-node` does not accept. Each copy is loaded when the process starts.
 */
export function checkCopies(cwd: string): Finding[] {
  const sdk = installed(SDK, __dirname);
  const copies = sdk === undefined ? [] : copiesBelow(sdk.file);
  if (copies.length <= 1) return [];
  const versions = [...new Set(copies.map((file) => manifestOf(file).version))].sort();
  return [
    {
      check: 'copies',
      status: 'note',
      message: `${copies.length} copies of ${SHARED} (${versions.join(', ')}), which the process loads when it starts`,
      advice: `${packageManagerOf(cwd).dedupe} leaves as few as the versions allow.`,
      details: { package: SHARED, copies: copies.length, versions },
    },
  ];
}

/** The files of all copies that a package of OpenTelemetry and those it depends on load. */
function copiesBelow(file: string): string[] {
  const seen = new Set([file]);
  // Grows while it is read.
  for (const user of seen) {
    const { dependencies = {} } = manifestOf(user);
    for (const name of Object.keys(dependencies)) {
      const found = name.startsWith('@opentelemetry/') ? find(name, user) : undefined;
      if (found !== undefined) seen.add(found);
    }
  }
  return [...seen].filter((found) => manifestOf(found).name === SHARED);
}

function find(name: string, user: string): string | undefined {
  try {
    return realpathSync(createRequire(user).resolve(name));
  } catch {
    return undefined;
  }
}
