import type { Paint } from '../paint';
import { duration } from './format';
import { alertsPanel } from './panels/alerts';
import { findingsPanel } from './panels/findings';
import { healthPanel } from './panels/health';
import { latencyPanel } from './panels/latency';
import type { Panel, Shown } from './panels/panel';
import { poolsPanel } from './panels/pools';
import { runningPanel } from './panels/running';
import { setupPanel } from './panels/setup';
import { statementsPanel } from './panels/statements';
import { tracePanel } from './panels/trace';
import { cell, fitting, rightCell, wrap } from './width';

const MAX_WIDTH = 140;
/** From this width on, two panels next to each other. */
const TWO_COLUMNS = 72;
/** Panels are of no use below this width. */
const MIN_WIDTH = 40;
const GAP = 3;
/** Lines of the program's output, on a screen that has room for them. */
const OUTPUT_LINES = 3;
const MIN_ROWS_WITH_OUTPUT = 16;

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** What the screen shows besides the data. */
export interface Frame {
  /** What is watched: a command or a URL. */
  readonly title: string;
  /** Absent until the first data has arrived. */
  readonly shown: Shown | undefined;
  /** A sentence instead of the data, or about data that is not current. */
  readonly notice: string | undefined;
  readonly keys: string;
  /** The last lines of the program's output. */
  readonly output: readonly string[];
}

/** The lines of one picture, none of them wider and no more of them than the terminal is. */
export function picture(frame: Frame, { columns, rows }: Size, paint: Paint): string[] {
  // The last column stays free: some terminals wrap when it is written to.
  const width = Math.min(MAX_WIDTH, columns - 1);
  if (width < MIN_WIDTH) return tooNarrow(columns, rows);
  const output = rows >= MIN_ROWS_WITH_OUTPUT ? frame.output.slice(-OUTPUT_LINES) : [];
  const below = [
    ...output.map((line) => fitting(`${paint('dim', '│')} ${line}`, width)),
    paint('dim', cell(` ${frame.keys}`, width)),
  ];
  const body = [
    head(frame, width, paint),
    ...(frame.notice === undefined
      ? []
      : wrap(frame.notice, width - 1).map((line) => paint('yellow', ` ${line}`))),
    ...(frame.shown === undefined ? [] : panels(frame.shown, width, paint)),
  ].slice(0, Math.max(0, rows - below.length));
  while (body.length < rows - below.length) body.push('');
  return [...body, ...below].slice(0, rows);
}

/** What is above a threshold and what runs first, then the other panels: two by two, or one below the other. */
export function panels(shown: Shown, width: number, paint: Paint): string[] {
  const whole = (panel: Panel) => withGap(panel(shown, width, paint));
  const both = (one: Panel, other: Panel) => {
    if (width < TWO_COLUMNS) return [...whole(one), ...whole(other)];
    const left = Math.floor((width - GAP) / 2);
    const lines = [one(shown, left, paint), other(shown, width - GAP - left, paint)] as const;
    return withGap(sideBySide(...lines, left));
  };
  const lines = [
    ...whole(alertsPanel),
    ...whole(runningPanel),
    ...whole(healthPanel),
    ...both(latencyPanel, poolsPanel),
    ...whole(statementsPanel),
    ...both(tracePanel, setupPanel),
    ...whole(findingsPanel),
  ];
  // A line that is too long would wrap, and push the first ones off the screen.
  return lines.slice(0, -1).map((line) => fitting(line, width).trimEnd());
}

const withGap = (lines: string[]): string[] => (lines.length === 0 ? [] : [...lines, '']);

function sideBySide(one: readonly string[], other: readonly string[], width: number): string[] {
  return Array.from({ length: Math.max(one.length, other.length) }, (_, row) =>
    `${cell(one[row] ?? '', width)}${' '.repeat(GAP)}${other[row] ?? ''}`.trimEnd(),
  );
}

function head({ title, shown }: Frame, width: number, paint: Paint): string {
  const uptime = shown === undefined ? '' : duration(Math.floor(shown.data.uptimeSeconds));
  return `${paint('bold', cell(` ${title}`, width - 12))}${rightCell(uptime, 12)}`;
}

function tooNarrow(columns: number, rows: number): string[] {
  const text = `pg-otel watch needs ${MIN_WIDTH + 1} columns, this terminal has ${columns}. q ends.`;
  return wrap(text, columns - 1).slice(0, rows);
}
