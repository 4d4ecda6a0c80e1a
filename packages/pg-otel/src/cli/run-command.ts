import { type Command, type CommandIo, type CommandTable, EXIT, type ExitCode } from './command';

/**
 * Runs the command that the arguments begin with, from a table or from that of a group in it.
 *
 * @param usage what comes before the name: `pg-otel`, `pg-otel alerts`
 * @param moreHelp options of the table itself, for its help
 */
export async function runCommand(
  usage: string,
  commands: CommandTable,
  [first, ...rest]: string[],
  io: CommandIo,
  moreHelp = '',
): Promise<ExitCode> {
  const help = `Usage: ${usage} <command> [options]\n\nCommands:\n${listed(commands)}\n${moreHelp}`;
  if (first === '--help' || first === 'help') {
    io.out(help);
    return EXIT.ok;
  }
  const chosen = first !== undefined && Object.hasOwn(commands, first) ? commands[first] : undefined;
  if (chosen === undefined) {
    io.err(`${first === undefined ? 'A command is missing.' : `There is no command "${first}".`}\n\n${help}`);
    return EXIT.badInput;
  }
  return 'commands' in chosen
    ? runCommand(`${usage} ${first}`, chosen.commands, rest, io)
    : runOne(chosen, rest, io);
}

async function runOne(command: Command, args: string[], io: CommandIo): Promise<ExitCode> {
  if (args.includes('--help')) {
    io.out(command.help);
    return EXIT.ok;
  }
  try {
    return await command.run(args, io);
  } catch (error) {
    if (!isBadArgument(error)) throw error;
    // Somebody may have given a connection string where no argument belongs.
    io.err(`${error.message.replace(/[^\s']*:\/\/[^\s']*/g, '<URL>')}\n\n${command.help}`);
    return EXIT.badInput;
  }
}

function listed(commands: CommandTable): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length)) + 2;
  return Object.entries(commands)
    .map(([name, { summary }]) => `  ${name.padEnd(width)}${summary}`)
    .join('\n');
}

function isBadArgument(error: unknown): error is Error {
  return error instanceof Error && String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS');
}
