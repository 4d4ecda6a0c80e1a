/** Where a command writes, and what it knows of its surroundings. */
export interface CommandIo {
  readonly cwd: string;
  /** Whether `out` goes to a terminal that shows colours. */
  readonly isColoured: boolean;
  /** As `err`: what a terminal would obey is shown instead, so a text may hold names and messages of others. */
  out(text: string): void;
  err(text: string): void;
  /** Output of the user's own program, to stderr as it is. */
  relay(text: string): void;
}

export const EXIT = { ok: 0, problem: 1, badInput: 2 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** One of the table in main.ts, or in that of a group. */
export interface Command {
  /** In one line, for the list of commands. */
  readonly summary: string;
  /** Its `--help`. */
  readonly help: string;
  /** @throws what `parseArgs` throws for arguments it does not take: one line and where the help is, exit code 2 */
  run(args: string[], io: CommandIo): Promise<ExitCode>;
}

/** Commands below one name: `pg-otel alerts bridge`. */
export interface CommandGroup {
  readonly summary: string;
  readonly commands: CommandTable;
}

export type CommandTable = Readonly<Record<string, Command | CommandGroup>>;
