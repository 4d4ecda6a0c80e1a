import { cell, duration, paint } from '../draw.mjs';
import { isRunning, millisBeforeEnd } from '../slow-operations.mjs';

/** The panels below stay in place while operations come and go. */
const MIN_ROWS = 2;
const MAX_ROWS = 4;

const MIN_NAME = 16;
const COLUMNS = [
  { of: 'state', width: 15, isAtLeft: true },
  { of: 'limit', width: 7 },
  { of: 'after', width: 13 },
  { of: 'before', width: 15 },
];
const TITLES = { state: '', limit: 'above', after: 'event after', before: 'before its end' };

/** As many columns as leave room for a name. */
function columnsFor(width) {
  const columns = [...COLUMNS];
  while (columns.length > 2 && columns.reduce((rest, column) => rest - column.width, width - 1) < MIN_NAME)
    columns.pop();
  return columns;
}

/**
 * Operations above a threshold, as their events report them while they run: how long they have been running, how soon
 * after the threshold the event arrived, and how long before the end of the operation.
 * @param now milliseconds since 1970
 */
export function slowPanel(figures, width, now) {
  const columns = columnsFor(width);
  const nameWidth = width - 1 - columns.reduce((sum, column) => sum + column.width, 0);
  const row = (name, cells) =>
    `${cell(name, nameWidth)} ${columns.map(({ of, width, isAtLeft }) => (isAtLeft ? cells[of].padEnd(width) : cells[of].padStart(width))).join('')}`;
  const operations = figures.slow.all;
  const rows = operations.flatMap((operation) =>
    operation.warnings.map((warning, index) => {
      const isFirst = index === 0;
      const line = row(isFirst ? operation.name : '', {
        state: isFirst ? stateOf(operation, now) : '',
        limit: `${warning.limitSeconds} s`,
        after: duration(warning.afterMillis),
        before: leadOf(millisBeforeEnd(operation, warning)),
      });
      return isRunning(operation) ? paint('yellow', line) : line;
    }),
  );
  const shown = rows.slice(0, MAX_ROWS);
  while (shown.length < MIN_ROWS) shown.push('');
  return [
    paint('bold', cell('Slow operations', nameWidth)) + paint('dim', row('', TITLES).slice(nameWidth)),
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
  return millis > 0 ? duration(millis) : 'no';
}
