import { existsSync } from 'node:fs';
import { describeInstrumentation } from '@pg-otel/instrumentation';
import { DEFAULT_FILE, readThresholds, thresholdsFile } from '../alerts/files';
import { loadAlerts } from '../alerts/package';
import { BadInput } from '../bad-input';
import type { Finding } from '../finding';
import { NotInstalled } from '../not-installed';

/**
 * Checks that the application emits events at the limits of its alert rules: a rule at another limit would never fire.
 * There is no finding without a thresholds file.
 */
export async function checkThresholds(cwd: string): Promise<Finding[]> {
  const file = thresholdsFile(undefined, cwd);
  const { limits } = describeInstrumentation();
  if (limits === undefined || !existsSync(file)) return [];
  const check = 'thresholds';
  try {
    const { emittedLimits } = await loadAlerts(cwd);
    const wanted = emittedLimits(await readThresholds(file, cwd));
    const missing = wanted.slowAfterSeconds.filter((seconds) => !limits.slowAfter.includes(seconds));
    const hasOtherHeldLimit = ![undefined, limits.heldAfter].includes(wanted.heldAfterSeconds);
    if (missing.length === 0 && !hasOtherHeldLimit) {
      return [{ check, status: 'ok', message: `events are emitted at the limits of ${DEFAULT_FILE}` }];
    }
    const deviations = [
      ...(missing.length > 0 ? [`PG_OTEL_SLOW_AFTER lacks ${missing.join(', ')}`] : []),
      ...(hasOtherHeldLimit
        ? [`PG_OTEL_HELD_AFTER is ${limits.heldAfter} instead of ${wanted.heldAfterSeconds}`]
        : []),
    ];
    return [
      {
        check,
        status: 'problem',
        message: `rules of ${DEFAULT_FILE} never fire: ${deviations.join(', ')}`,
        advice: 'Start the application with the variables of collector-config/instrumentation.env.',
        details: { missing, wanted },
      },
    ];
  } catch (error) {
    if (error instanceof NotInstalled) {
      const message = `not compared with ${DEFAULT_FILE}: @pg-otel/alerts is not installed`;
      return [{ check, status: 'skipped', message, advice: error.advice }];
    }
    if (!(error instanceof BadInput)) throw error;
    return [{ check, status: 'problem', message: error.message }];
  }
}
