/** All combinations of a version, a load and a mode from lists of each. */
export function cellsOf(lists) {
  return Object.entries(lists).reduce(
    (cells, [key, values]) => cells.flatMap((cell) => values.map((value) => ({ ...cell, [key]: value }))),
    [{}],
  );
}

/** Its name for `--only`, such as `otel-3:stub:row:sampled`. */
export function nameOf(part, { version = '', load, mode }) {
  return [version, part, load, mode].filter((word) => word !== undefined).join(':');
}

/** The cells of each part that `--only` selects: a missing or empty word stands for all. */
export function chosenCells(parts, only = '') {
  const wanted = only.split(':');
  const isChosen = (name) =>
    name.split(':').every((word, index) => !wanted[index] || wanted[index] === word) &&
    wanted.length <= name.split(':').length;
  return Object.entries(parts)
    .map(([name, part]) => ({ name, part, cells: part.cells.filter((cell) => isChosen(nameOf(name, cell))) }))
    .filter(({ cells }) => cells.length > 0);
}
