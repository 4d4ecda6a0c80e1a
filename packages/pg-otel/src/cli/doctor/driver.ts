import { createRequire } from 'node:module';
import path from 'node:path';
import { describeInstrumentation } from '@pg-otel/instrumentation';
import type { Finding } from '../finding';
import { DRIVER_NAMES, type Driver, driverCheck } from './drivers';
import { type InstalledPackage, installed } from './installed';

/** Loads the application's drivers with the instrumentation enabled, and reports whether each is patched. */
export function checkDriver(cwd: string): Finding[] {
  const drivers = DRIVER_NAMES.flatMap((name) => {
    const found = installed(name, cwd);
    return found === undefined ? [] : [{ name, found }];
  });
  if (drivers.length === 0) {
    return [
      {
        check: 'pg',
        status: 'problem',
        message: `none of ${DRIVER_NAMES.join(', ')} is installed in ${cwd}`,
        advice: 'Run pg-otel doctor in the folder of the application that uses one of them.',
      },
    ];
  }
  const load = createRequire(path.join(cwd, 'index.js'));
  return drivers.flatMap(({ name, found }) => {
    try {
      load(name);
    } catch (error) {
      return [notLoaded(name, found, error)];
    }
    const pool = name === 'pg' ? installed('pg-pool', path.dirname(found.file)) : undefined;
    return [finding(name, found), ...(pool === undefined ? [] : [finding('pg-pool', pool)])];
  });
}

function notLoaded(name: Driver, { version, file }: InstalledPackage, error: unknown): Finding {
  const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return {
    check: driverCheck(name),
    status: 'problem',
    message: `${name} ${version} cannot be loaded: ${reason}`,
    advice: 'Install the packages of the application again.',
    details: { version, file },
  };
}

function finding(name: Driver | 'pg-pool', { version, file }: InstalledPackage): Finding {
  const check = driverCheck(name);
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
