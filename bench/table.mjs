/** A table in Markdown, which is what the terminal shows, too. */
export function table(heads, lines) {
  const widths = heads.map((head, column) =>
    Math.max(3, head.length, ...lines.map((line) => line[column].length)),
  );
  const row = (cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  return [row(heads), row(widths.map((width) => '-'.repeat(width))), ...lines.map(row)].join('\n');
}
