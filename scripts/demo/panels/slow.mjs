import { cell, duration, paint } from '../draw.mjs';
import { isRunning, millisBeforeEnd } from '../slow-operations.mjs';

/** What is below stays in its place while operations come and go. */
const LEAST_ROWS = 2;
const MOST_ROWS = 4;

/**
 * Operations over a limit, told while they run: for how long by now, how soon after it had crossed a limit that was
 * known here, and how long before its end.
 * @param now milliseconds since 1970
 */
export function slowPanel(figures, width, now) {
  const nameWidth = width - 51;
  const row = (name, state, limit, after, before) =>
    `${cell(name, nameWidth)} ${state.padEnd(15)}${limit.padStart(7)}${after.padStart(13)}${before.padStart(15)}`;
  const operations = figures.slow.all;
  const rows = operations.flatMap((operation) =>
    operation.warnings.map((warning, index) => {
      const isFirst = index === 0;
      const line = row(
        isFirst ? operation.name : '',
        isFirst ? stateOf(operation, now) : '',
        `${warning.limitSeconds} s`,
        duration(warning.afterMillis),
        leadOf(millisBeforeEnd(operation, warning)),
      );
      return isRunning(operation) ? paint('yellow', line) : line;
    }),
  );
  const shown = rows.slice(0, MOST_ROWS);
  while (shown.length < LEAST_ROWS) shown.push('');
  return [
    paint('bold', cell('Over a limit', nameWidth)) +
      paint('dim', row('', '', 'limit', 'told after', 'before its end').slice(nameWidth)),
    ...shown,
  ].map((line) => line.trimEnd());
}

function stateOf(operation, now) {
  return isRunning(operation)
    ? `running ${duration(now - operation.startedAt)}`
    : `took ${duration(operation.millis)}`;
}

function leadOf(millis) {
  if (millis === undefined) return '';
  return millis > 0 ? duration(millis) : 'not';
}
