import { describeInstrumentation } from '@pg-otel/instrumentation';
import { text } from '../../environment';
import { exporterNames } from '../../pipeline/exporters';
import type { Finding } from '../finding';

const listed = (limits: readonly number[]): string =>
  limits.length === 0 ? 'never' : `${limits.join(', ')} s`;

/** The limits after which events are told, as the environment sets them. */
export function checkLimits(): Finding[] {
  const { limits } = describeInstrumentation();
  if (limits === undefined) return [];
  const { slowAfter, heldAfter, repeatInterval } = limits;
  const check = 'limits';
  const details = { slowAfter, heldAfter, repeatInterval };
  if (text('OTEL_CONFIG_FILE') === undefined && exporterNames('logs').length === 0) {
    const advice = 'Set OTEL_LOGS_EXPORTER=otlp to be told of slow operations while they run.';
    return [
      { check, status: 'note', message: 'told nowhere: there is no exporter for logs', advice, details },
    ];
  }
  const message =
    `slow after ${listed(slowAfter)}, held after ${heldAfter} s, told again after ${repeatInterval} s` +
    ' (options in code are not seen from here)';
  return [{ check, status: 'ok', message, details }];
}
