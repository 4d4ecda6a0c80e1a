import { PlanInputError } from '@pg-otel/pool-sizing';

/** What somebody gave cannot be used: one line, exit code 2. */
export class BadInput extends Error {
  override readonly name = 'BadInput';
}

/** What goes by another name on the command line than in code. */
const flags: Readonly<Record<string, string>> = {
  'limits.processes': '--processes',
  'limits.serverConnections': '--server-connections',
  'limits.neonComputeUnits': '--neon-cu',
  'limits.overrides.max': '--max',
};

/**
 * Whatever is bad input here, as a line; undefined for every other error.
 *
 * @param isMeasured whether the metrics gave the setting of that name
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

/** A value for a message. Not when it may hold a password: people paste connection strings into the wrong place. */
export function shown(value: string): string {
  if (/:\/\/|@/.test(value)) return 'what looks like a URL, not repeated here';
  return `"${value.length > 40 ? `${value.slice(0, 40)}…` : value}"`;
}
