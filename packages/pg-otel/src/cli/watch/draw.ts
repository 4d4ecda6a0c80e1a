/** A bar of a length between 0 and 1 of the width; never nothing for something, if there is any width. */
export function bar(length: number, width: number): string {
  if (width <= 0) return '';
  const eighths = length > 0 ? Math.max(1, Math.round(Math.min(length, 1) * width * 8)) : 0;
  return '█'.repeat(Math.floor(eighths / 8)) + (['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8] ?? '');
}

/** A bar somewhere on a line of time, both between 0 and 1 of the width. */
export function barAt(start: number, length: number, width: number): string {
  if (width <= 0) return '';
  const blanks = Math.min(width - 1, Math.floor(Math.min(Math.max(start, 0), 1) * width));
  return ' '.repeat(blanks) + bar(Math.min(length, 1 - blanks / width), width);
}

/** Values as columns, the latest at the right: `height` lines. */
export function columns(
  values: readonly number[],
  { width, height, max }: { width: number; height: number; max: number },
): string[] {
  const shown = width > 0 ? values.slice(-width) : [];
  const lines: string[] = [];
  for (let row = height - 1; row >= 0; row--) {
    let line = ' '.repeat(Math.max(0, width - shown.length));
    for (const value of shown) {
      const eighths = value > 0 ? Math.max(1, Math.round((Math.min(value, max) / max) * height * 8)) : 0;
      line += ' ▁▂▃▄▅▆▇█'[Math.max(0, Math.min(8, eighths - row * 8))];
    }
    lines.push(line);
  }
  return lines;
}
