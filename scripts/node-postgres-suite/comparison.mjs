/** Compares the two runs of one file: differences in words, tests that fail uninstrumented, and the counts of both. */
export function compare(name, bare, instrumented) {
  const titles = new Set([...bare.tests.keys(), ...instrumented.tests.keys()]);
  const differences = [...titles]
    .map((title) => [title, bare.tests.get(title) ?? 'not run', instrumented.tests.get(title) ?? 'not run'])
    .filter(([, before, after]) => before !== after)
    .map(([title, before, after]) => `${title}: ${before} bare, ${after} instrumented`);
  if (bare.end !== instrumented.end) {
    differences.push(`ends with ${bare.end} bare, ${instrumented.end} instrumented`);
  }
  if (differences.length > 0) differences.push(instrumented.output.trim().replace(/^/gm, '    '));
  const failing = [...bare.tests].filter(([, state]) => state === 'failed').map(([title]) => title);
  if (bare.end !== 0 && failing.length === 0) failing.push(`ends with ${bare.end}`);
  return {
    name,
    failing,
    bare: figures(bare),
    instrumented: figures(instrumented),
    differences,
    spans: instrumented.spans,
  };
}

function figures({ tests, end }) {
  const count = (state) => [...tests.values()].filter((value) => value === state).length;
  return {
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    ok: end === 0 ? 1 : 0,
  };
}

/** One line for each package, in Markdown, as docs/reference/compatibility.md has it. */
export function summary(comparisons) {
  const packages = new Set(comparisons.map(({ name }) => name.split('/')[0]));
  const rows = [...packages].map((name) => {
    const ofPackage = comparisons.filter((comparison) => comparison.name.startsWith(`${name}/`));
    const total = (run, figure) => ofPackage.reduce((sum, comparison) => sum + comparison[run][figure], 0);
    const counts = (run) =>
      `${total(run, 'ok')} of ${ofPackage.length} files, ${total(run, 'passed')} tests passed, ${total(run, 'failed')} failed, ${total(run, 'skipped')} skipped`;
    const spans = ofPackage.reduce((sum, comparison) => sum + comparison.spans, 0);
    return `| ${name} | ${counts('bare')} | ${counts('instrumented')} | ${spans} |`;
  });
  return ['| package | bare | instrumented | spans |', '|---|---|---|---|', ...rows].join('\n');
}
