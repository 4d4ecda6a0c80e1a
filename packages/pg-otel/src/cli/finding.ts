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
  const problems = findings.filter(({ status }) => status === 'problem').length;
  const sum = problems === 0 ? 'All well.' : problems === 1 ? '1 problem.' : `${problems} problems.`;
  return `${lines.join('\n')}\n\n${sum}\n`;
}
