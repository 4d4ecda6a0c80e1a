import { createRequire } from 'node:module';
import path from 'node:path';
import { describeInstrumentation } from '@pg-otel/instrumentation';
import type { Finding } from './finding';
import { type InstalledPackage, installed } from './installed';

/** Loads the application's `pg` with the instrumentation on, and says what of it is patched. */
export function checkDriver(cwd: string): Finding[] {
  const pg = installed('pg', cwd);
  if (pg === undefined) {
    return [
      {
        check: 'pg',
        status: 'problem',
        message: `pg is not installed in ${cwd}`,
        advice: 'Run this in the folder of the application that uses pg.',
      },
    ];
  }
  createRequire(path.join(cwd, 'index.js'))('pg');
  const pool = installed('pg-pool', path.dirname(pg.file));
  return [finding('pg', pg), ...(pool === undefined ? [] : [finding('pg-pool', pool)])];
}

function finding(name: 'pg' | 'pg-pool', { version, file }: InstalledPackage): Finding {
  const { patched, warnings } = describeInstrumentation();
  const isPatched = patched.some(({ module }) => module === name);
  const details = { version, file, isPatched };
  if (isPatched) return { check: name, status: 'ok', message: `${name} ${version} is instrumented`, details };
  const reason = warnings.map(({ message }) => message).join(' ');
  return {
    check: name,
    status: 'problem',
    message: `${name} ${version} is not instrumented`,
    advice: reason || 'OTEL_SDK_DISABLED is set, or its files are not where pg-otel looks for them.',
    details,
  };
}
