import { existsSync } from 'node:fs';
import { describeInstrumentation } from '@pg-otel/instrumentation';
import { DEFAULT_FILE, readThresholds, thresholdsFile } from '../alerts/files';
import { BadInput } from '../bad-input';
import type { Finding } from '../finding';

/**
 * Whether the application tells the limits that the rules of its collector-config go by: a rule at a limit that nobody
 * tells is silent for ever. None without such a file.
 */
export async function checkThresholds(cwd: string): Promise<Finding[]> {
  const file = thresholdsFile(undefined, cwd);
  const { limits } = describeInstrumentation();
  if (limits === undefined || !existsSync(file)) return [];
  const check = 'thresholds';
  try {
    const { emittedLimits } = await import('@pg-otel/alerts');
    const wanted = emittedLimits(await readThresholds(file));
    const missing = wanted.slowAfterSeconds.filter((seconds) => !limits.slowAfter.includes(seconds));
    const isHeldOtherwise = ![undefined, limits.heldAfter].includes(wanted.heldAfterSeconds);
    if (missing.length === 0 && !isHeldOtherwise) {
      return [{ check, status: 'ok', message: `the limits of ${DEFAULT_FILE} are told` }];
    }
    const untold = [
      ...(missing.length > 0 ? [`PG_OTEL_SLOW_AFTER lacks ${missing.join(', ')}`] : []),
      ...(isHeldOtherwise
        ? [`PG_OTEL_HELD_AFTER is ${limits.heldAfter} instead of ${wanted.heldAfterSeconds}`]
        : []),
    ];
    return [
      {
        check,
        status: 'problem',
        message: `rules of ${DEFAULT_FILE} will never be told: ${untold.join(', ')}`,
        advice: 'Start the application with what collector-config/instrumentation.env says.',
        details: { missing, wanted },
      },
    ];
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    return [{ check, status: 'problem', message: error.message }];
  }
}
