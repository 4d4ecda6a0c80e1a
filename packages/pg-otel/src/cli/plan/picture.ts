import type { Wait, WaitFigure } from '@pg-otel/pool-sizing';
import type { Paint } from '../paint';
import { duration, worst } from './wording';

export interface PictureRow {
  readonly label: string;
  readonly p99WaitSeconds: WaitFigure;
  readonly remark?: string;
}

const WIDTH = 40;
/** A bar ends at this multiple of the target: waits differ by powers of ten, but only the target matters. */
const TARGETS_SHOWN = 4;
const TARGET_COLUMN = WIDTH / TARGETS_SHOWN;

/** A bar for each wait, from 0 to four times the target; `┊` is the target, `░` the uncertainty. */
export function picture(rows: readonly PictureRow[], targetSeconds: number, paint: Paint): string[] {
  const width = Math.max(...rows.map(({ label }) => label.length));
  const figures = rows.map(({ p99WaitSeconds }) => duration(p99WaitSeconds));
  const figuresWidth = Math.max(...figures.map((text) => text.length));
  return rows.map(({ label, p99WaitSeconds, remark }, index) => {
    const style = isWithin(worst(p99WaitSeconds), targetSeconds) ? 'green' : 'red';
    const figure = (figures[index] as string).padEnd(remark === undefined ? 0 : figuresWidth);
    const end = remark === undefined ? '' : `  ← ${remark}`;
    return `  ${label.padStart(width)} ▏${paint(style, bar(p99WaitSeconds, targetSeconds))} ${figure}${end}`;
  });
}

/** Exactly 40 columns, the target at the tenth. */
export function bar(figure: WaitFigure, targetSeconds: number): string {
  const high = eighths(worst(figure), targetSeconds);
  const low = typeof figure === 'object' ? eighths(figure.low, targetSeconds) : high;
  let drawn = '█'.repeat(Math.floor(low / 8)) + (['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][low % 8] ?? '');
  drawn += '░'.repeat(Math.max(0, Math.ceil(high / 8) - drawn.length));
  const isCut = !isWithin(worst(figure), TARGETS_SHOWN * targetSeconds);
  const columns = [...drawn.padEnd(WIDTH)];
  if (columns[TARGET_COLUMN] === ' ') columns[TARGET_COLUMN] = '┊';
  if (isCut) columns[WIDTH - 1] = '▶';
  return columns.join('');
}

/** The length of a bar in eighths of a column, at least 1 for a wait above 0. */
function eighths(wait: Wait, targetSeconds: number): number {
  if (wait === 'saturated') return WIDTH * 8;
  if (wait === 0) return 0;
  const share = wait / (TARGETS_SHOWN * targetSeconds);
  return Math.max(1, Math.round(Math.min(1, share) * WIDTH * 8));
}

function isWithin(wait: Wait, seconds: number): boolean {
  return wait !== 'saturated' && wait <= seconds;
}
