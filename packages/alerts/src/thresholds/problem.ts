import type { z } from 'zod';

/** A mistake in a thresholds file, with its path. */
export interface Problem {
  /** From the top of the file, such as `['rules', 'PostgresQuerySlow', 'levels', 0, 'over']`. */
  readonly path: readonly PropertyKey[];
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
    super(problems.map((problem) => described(file, problem)).join('\n'));
    this.file = file;
    this.problems = problems;
  }
}

function described(file: string, { line, column, setting, message }: LocatedProblem): string {
  return `${file}:${line}:${column}: ${setting === '' ? '' : `${setting} `}${message}`;
}

export function settingOf(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`,
    )
    .join('');
}

/** Converts an issue of zod. Each unknown key becomes a separate problem. */
export function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'is not a setting here' }));
  }
  if (issue.code === 'invalid_key') {
    return issue.issues.map(({ message }) => ({ path: issue.path, message }));
  }
  return [{ path: issue.path, message: firstLine(issue.message) }];
}

export function firstLine(message: string): string {
  return message.split('\n')[0] as string;
}
