import { describeInstrumentation } from '@pg-otel/instrumentation';
import { text } from '../../environment';
import { exporterNames } from '../../pipeline/exporters';
import type { Finding } from '../finding';

const listed = (limits: readonly number[]): string =>
  limits.length === 0 ? 'never' : `${limits.join(', ')} s`;

const secondsOrNever = (limit: number | 'none'): string => (limit === 'none' ? 'never' : `${limit} s`);

function ofPools(limits: Readonly<Record<string, number | 'none'>>): string {
  const each = Object.entries(limits).map(([pool, limit]) => `${pool}: ${secondsOrNever(limit)}`);
  return each.length === 0 ? '' : ` (${each.join(', ')})`;
}

/** The limits after which events are told, as the environment sets them. */
export function checkLimits(): Finding[] {
  const { limits } = describeInstrumentation();
  if (limits === undefined) return [];
  const { slowAfter, heldAfter, heldAfterOf, repeatInterval } = limits;
  const check = 'limits';
  const details = { slowAfter, heldAfter, heldAfterOf, repeatInterval };
  if (text('OTEL_CONFIG_FILE') === undefined && exporterNames('logs').length === 0) {
    const advice = 'Set OTEL_LOGS_EXPORTER=otlp to be told of slow operations while they run.';
    return [
      { check, status: 'note', message: 'told nowhere: there is no exporter for logs', advice, details },
    ];
  }
  const message =
    `slow after ${listed(slowAfter)}, held after ${secondsOrNever(heldAfter)}${ofPools(heldAfterOf)}, told again after ${repeatInterval} s` +
    ' (options in code are not seen from here)';
  return [{ check, status: 'ok', message, details }];
}
