/** The output of a command, and its environment. */
export interface CommandIo {
  readonly cwd: string;
  /** Whether `out` goes to a terminal that shows colours. */
  readonly isColoured: boolean;
  /** Writes to stdout. `out` and `err` escape control sequences, so a text may contain foreign names and messages. */
  out(text: string): void;
  err(text: string): void;
  /** Writes the output of the user's program to stderr, unchanged. */
  relay(text: string): void;
}

export const EXIT = { ok: 0, problem: 1, badInput: 2 } as const;
/** One of {@link EXIT}, or the exit code of the user's program. */
export type ExitCode = number;

/** A command of the table in main.ts, or of a group. */
export interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  /** The text of `--help`. */
  readonly help: string;
  /** @throws the error of `parseArgs` for invalid arguments, which is shown in one line with exit code 2 */
  run(args: string[], io: CommandIo): Promise<ExitCode>;
}

/** Commands with a common first word, such as `pg-otel alerts bridge`. */
export interface CommandGroup {
  readonly summary: string;
  readonly commands: CommandTable;
}

export type CommandTable = Readonly<Record<string, Command | CommandGroup>>;
