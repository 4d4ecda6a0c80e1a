/** What one check found. `problem` makes the exit code 1; a `note` is worth reading. */
export interface Finding {
  readonly check: string;
  readonly status: 'ok' | 'problem' | 'note' | 'skipped';
  /** What is so, in a sentence; no secret in it. */
  readonly message: string;
  /** What to do about it. */
  readonly advice?: string;
  /** For machines. */
  readonly details?: Readonly<Record<string, unknown>>;
}

const symbols = { ok: '✓', problem: '✗', note: '!', skipped: '–' } as const;

/** For a person: a line for each finding, what to do below it, and a last line that says how it stands. */
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
