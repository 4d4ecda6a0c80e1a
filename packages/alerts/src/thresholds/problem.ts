import type { z } from 'zod';

/** From the top of the file, such as `['rules', 'PostgresQuerySlow', 'levels', 0, 'over']`. */
export type Path = readonly PropertyKey[];

/** A mistake in a thresholds file, with its path. */
export interface Problem {
  readonly path: Path;
  /** The mistake and the accepted values. */
  readonly message: string;
}

/** A mistake in a thresholds file, with line and column. */
export interface LocatedProblem {
  /** Counted from 1. */
  readonly line: number;
  readonly column: number;
  /** `rules.PostgresQuerySlow.levels[0].over`; empty for the whole file. */
  readonly setting: string;
  readonly message: string;
}

/** Invalid thresholds. The message has one line for each mistake, with file, line, setting and accepted values. */
export class ThresholdsError extends Error {
  override readonly name = 'ThresholdsError';
  readonly file: string;
  readonly problems: readonly LocatedProblem[];

  /** @internal */
  constructor(file: string, problems: readonly LocatedProblem[]) {
    const lines = problems.map(
      ({ line, column, setting, message }) =>
        `${file}:${line}:${column}: ${setting === '' ? '' : `${setting} `}${message}`,
    );
    super(lines.join('\n'));
    this.file = file;
    this.problems = problems;
  }
}

export function settingOf(path: Path): string {
  const parts = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`));
  return parts.join('').replace(/^\./, '');
}

/** Converts an issue of zod. Each unknown key becomes a separate problem. */
export function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], message: 'is not a setting here' }));
  }
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => ({ path, message }));
  return [{ path, message: firstLine(issue.message) }];
}

export function firstLine(message: string): string {
  return message.split('\n')[0] as string;
}
