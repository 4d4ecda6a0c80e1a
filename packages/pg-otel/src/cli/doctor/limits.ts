import { describeInstrumentation } from '@pg-otel/instrumentation';
import { variable } from '../../environment';
import { exporterNames } from '../../settings/settings';
import type { Finding } from '../finding';

const listed = (limits: readonly number[]): string =>
  limits.length === 0 ? 'never' : `${limits.join(', ')} s`;

const secondsOrNever = (limit: number | 'none'): string => (limit === 'none' ? 'never' : `${limit} s`);

function ofPools(limits: Readonly<Record<string, number | 'none'>>): string {
  const each = Object.entries(limits).map(([pool, limit]) => `${pool}: ${secondsOrNever(limit)}`);
  return each.length === 0 ? '' : ` (${each.join(', ')})`;
}

/** Shows the limits above which the instrumentation emits events, as the environment sets them. */
export function checkLimits(): Finding[] {
  const { limits } = describeInstrumentation();
  if (limits === undefined) return [];
  const { slowAfter, heldAfter, heldAfterOf, repeatInterval } = limits;
  const check = 'limits';
  const details = { slowAfter, heldAfter, heldAfterOf, repeatInterval };
  if (variable('OTEL_CONFIG_FILE') === undefined && exporterNames('logs').length === 0) {
    const advice = 'Set OTEL_LOGS_EXPORTER=otlp to get an event for each slow operation while it runs.';
    return [
      {
        check,
        status: 'note',
        message: 'events are not exported: there is no exporter for logs',
        advice,
        details,
      },
    ];
  }
  const message =
    `slow after ${listed(slowAfter)}, held after ${secondsOrNever(heldAfter)}${ofPools(heldAfterOf)}, repeated every ${repeatInterval} s` +
    ' (options in code are not visible here)';
  return [{ check, status: 'ok', message, details }];
}
