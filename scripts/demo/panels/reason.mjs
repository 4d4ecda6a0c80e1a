import { paint, wrap } from '../draw.mjs';
import { isRunning } from '../slow-operations.mjs';

/** The panels below stay in place while operations come and go. */
const OPERATIONS = 2;
const LINES = 4;

/** Why the latest slow operations are slow, as the server has answered; nothing before the first answer. */
export function reasonPanel(figures, width) {
  const explained = figures.slow.all.filter(({ diagnosis }) => diagnosis !== undefined);
  if (explained.length === 0) return [];
  const lines = explained.slice(0, OPERATIONS).flatMap((operation) => linesOf(operation, width));
  while (lines.length < OPERATIONS * LINES) lines.push('');
  return [paint('bold', 'Why'), ...lines, ''];
}

function linesOf(operation, width) {
  const { reason, certainty, blockerTraceId } = operation.diagnosis;
  const trace = blockerTraceId === undefined ? '' : `, trace of the blocker ${blockerTraceId}`;
  const text = wrap(`${operation.name}: ${reason}`.split(' '), width, ' ');
  const [last = '', ...more] = text.slice(LINES - 2);
  const shown = [...text.slice(0, LINES - 2), more.length > 0 ? `${last} …` : last].filter(
    (line) => line !== '',
  );
  return [
    ...shown.map((line) => (isRunning(operation) ? paint('yellow', line) : line)),
    paint('dim', `  ${certainty}${trace}`),
  ];
}
