/** The result of one check. A `problem` makes the exit code 1; a `note` is information. */
export interface Finding {
  readonly check: string;
  readonly status: 'ok' | 'problem' | 'note' | 'skipped';
  /** The result as a sentence without secrets. */
  readonly message: string;
  /** What to do, as a sentence. */
  readonly advice?: string;
  /** Values for programs that read the JSON output. */
  readonly details?: Readonly<Record<string, unknown>>;
}

const symbols = { ok: '✓', problem: '✗', note: '!', skipped: '–' } as const;

/** The text output: a line for each finding, the advice below it, and a summary in the last line. */
export function render(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.flatMap(({ check, status, message, advice }) => [
    `${symbols[status]} ${check.padEnd(width)}  ${message}`,
    ...(advice === undefined ? [] : [`${' '.repeat(width + 4)}→ ${advice}`]),
  ]);
  return `${lines.join('\n')}\n\n${summary(findings)}\n`;
}

/** "All well." only when every check has run. */
function summary(findings: readonly Finding[]): string {
  const count = (wanted: Finding['status']) => findings.filter(({ status }) => status === wanted).length;
  const problems = count('problem');
  const skipped = count('skipped');
  const found = problems === 0 ? 'No problems' : problems === 1 ? '1 problem' : `${problems} problems`;
  if (skipped > 0) return `${found}; ${skipped} of ${findings.length} checks skipped.`;
  return problems === 0 ? 'All well.' : `${found}.`;
}
