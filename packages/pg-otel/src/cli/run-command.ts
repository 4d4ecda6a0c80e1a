import { type Command, type CommandIo, type CommandTable, EXIT, type ExitCode } from './command';
import { optionsIn, suggestion, withNegativeNumbers, withoutUrls, wrongArguments } from './wrong-arguments';

/**
 * Runs the command that the arguments start with. In a group, the next argument is the command.
 *
 * @param usage the words before the command: `pg-otel`, `pg-otel alerts`
 * @param moreHelp options without a command, for the help
 */
export async function runCommand(
  usage: string,
  commands: CommandTable,
  [first, ...rest]: string[],
  io: CommandIo,
  moreHelp = '',
): Promise<ExitCode> {
  const help = `Usage: ${usage} <command> [options]\n\nCommands:\n${listed(commands)}\n${moreHelp}`;
  if (first !== undefined && ['--help', '-h', 'help'].includes(first)) {
    io.out(help);
    return EXIT.ok;
  }
  const chosen = first !== undefined && Object.hasOwn(commands, first) ? commands[first] : undefined;
  if (chosen === undefined) {
    io.err(
      first === undefined ? `${help}\nA command is missing.\n` : unknownCommand(usage, first, commands, help),
    );
    return EXIT.badInput;
  }
  return 'commands' in chosen
    ? runCommand(`${usage} ${first}`, chosen.commands, rest, io)
    : runOne(`${usage} ${first}`, chosen, rest, io);
}

function unknownCommand(usage: string, written: string, commands: CommandTable, help: string): string {
  const meant = suggestion(written, [...Object.keys(commands), ...optionsIn(help)]);
  const line = `There is no ${written.startsWith('-') ? 'option' : 'command'} "${withoutUrls(written)}".`;
  return `${line}${meant === undefined ? '' : ` Did you mean ${usage} ${meant}?`}\nSee ${usage} --help\n`;
}

async function runOne(usage: string, command: Command, args: string[], io: CommandIo): Promise<ExitCode> {
  // The arguments after "--" are a program with its options.
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  const [own, program] = [args.slice(0, end), args.slice(end)];
  if (own.includes('--help') || own.includes('-h')) {
    io.out(command.help);
    return EXIT.ok;
  }
  try {
    return await command.run([...withNegativeNumbers(own), ...program], io);
  } catch (error) {
    if (!isBadArgument(error)) throw error;
    io.err(`${wrongArguments(error, command.help)}\nSee ${usage} --help\n`);
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
