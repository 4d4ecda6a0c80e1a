import { managesPools } from '../../manage-pools';
import { wordOf } from '../../settings/settings';
import type { Finding } from '../finding';
import { installed } from './installed';
import { packageManagerOf } from './package-manager';

const NAME = '@pg-otel/pool';

/**
 * Reports whether `PG_OTEL_MANAGE_POOLS` manages the pools of the application. There is no finding when it is not set:
 * pools that the application manages itself are visible only while it runs.
 */
export function checkManagedPools(cwd: string): Finding[] {
  const mode = wordOf('PG_OTEL_MANAGE_POOLS');
  if (mode === undefined) return [];
  const check = 'managed pools';
  const setting = `PG_OTEL_MANAGE_POOLS=${mode}`;
  const version = installed(NAME, cwd)?.version;
  if (managesPools()) {
    const message = `each pool of the process is managed by ${NAME}${version === undefined ? '' : ` ${version}`} (${setting})`;
    return [{ check, status: 'ok', message, details: { mode, version: version ?? null } }];
  }
  const isMissing = version === undefined;
  return [
    {
      check,
      status: 'problem',
      message: `${setting} has no effect: ${isMissing ? `${NAME} is not installed` : `${NAME} could not be used`}`,
      ...(isMissing && { advice: `${packageManagerOf(cwd).add} ${NAME}` }),
      details: { mode, version: version ?? null },
    },
  ];
}
