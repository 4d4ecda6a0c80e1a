import { PlanInputError } from '@pg-otel/pool-sizing';
import { BadInput } from '../bad-input';

/** Settings that have another name on the command line than in code. */
const flags: Readonly<Record<string, string>> = {
  'limits.environment': '--environment',
  'limits.processes': '--processes',
  'limits.serverConnections': '--server-connections',
  'limits.neonComputeUnits': '--neon-cu',
  'limits.overrides.max': '--max',
};

/**
 * The message for bad input, in one line; undefined for every other error.
 *
 * @param isMeasured whether the setting of that name was read from metrics
 */
export function badInputLine(error: unknown, isMeasured: (setting: string) => boolean): string | undefined {
  if (error instanceof BadInput) return error.message;
  if (!(error instanceof PlanInputError)) return undefined;
  const { setting, message } = error;
  if (isMeasured(setting)) return message.replace('(given in code)', '(from the metrics)');
  const flag = flags[setting];
  return flag === undefined
    ? message
    : message.replace(setting, flag).replace('(given in code)', '(from the command line)');
}
