const WIDTH = 110;

/** A prefix and a text in lines of at most 110 characters. Further lines are indented by the width of the prefix. */
export function wrapped(prefix: string, text: string): string {
  const indent = ' '.repeat(prefix.length);
  const [first = '', ...words] = text.split(' ');
  const lines: string[] = [];
  let line = prefix + first;
  for (const word of words) {
    if (line.length + 1 + word.length <= WIDTH) {
      line += ` ${word}`;
      continue;
    }
    lines.push(line);
    line = indent + word;
  }
  return [...lines, line].join('\n');
}

/** Names and their values, one pair in each line. */
export function listed(rows: readonly (readonly [name: string, value: string])[]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => wrapped(`  ${name.padEnd(width)}  `, value));
}

/** Rows in columns, aligned to the right where `right` is true. */
export function table(rows: readonly (readonly string[])[], right: readonly boolean[]): string[] {
  const widths = right.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) =>
    row
      .map((text, column) =>
        right[column] ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}
