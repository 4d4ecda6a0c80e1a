import { createRequire } from 'node:module';
import path from 'node:path';
import { describeInstrumentation } from '@pg-otel/instrumentation';
import type { Finding } from '../finding';
import { type InstalledPackage, installed } from './installed';

const NEON = '@neondatabase/serverless';

/** Loads the application's drivers with the instrumentation enabled, and reports whether each is patched. */
export function checkDriver(cwd: string): Finding[] {
  const pg = installed('pg', cwd);
  const neon = installed(NEON, cwd);
  const postgres = installed('postgres', cwd);
  if (pg === undefined && neon === undefined && postgres === undefined) {
    return [
      {
        check: 'pg',
        status: 'problem',
        message: `pg, ${NEON} and postgres are not installed in ${cwd}`,
        advice: 'Run pg-otel doctor in the folder of the application that uses one of them.',
      },
    ];
  }
  const load = createRequire(path.join(cwd, 'index.js'));
  if (pg !== undefined) load('pg');
  if (neon !== undefined) load(NEON);
  if (postgres !== undefined) load('postgres');
  const pool = pg && installed('pg-pool', path.dirname(pg.file));
  return [
    ...(pg === undefined ? [] : [finding('pg', pg)]),
    ...(pool === undefined ? [] : [finding('pg-pool', pool)]),
    ...(neon === undefined ? [] : [finding(NEON, neon, 'neon')]),
    ...(postgres === undefined ? [] : [finding('postgres', postgres)]),
  ];
}

function finding(
  name: 'pg' | 'pg-pool' | 'postgres' | typeof NEON,
  { version, file }: InstalledPackage,
  check: string = name,
): Finding {
  const { patched, warnings } = describeInstrumentation();
  const isPatched = patched.some(({ module }) => module === name);
  const details = { version, file, isPatched };
  if (isPatched) return { check, status: 'ok', message: `${name} ${version} is instrumented`, details };
  const reason = warnings.map(({ message }) => message).join(' ');
  return {
    check,
    status: 'problem',
    message: `${name} ${version} is not instrumented`,
    advice:
      reason ||
      'Unset OTEL_SDK_DISABLED if it is set. Otherwise the files of the driver are not where pg-otel expects them: call instrument(module).',
    details,
  };
}
