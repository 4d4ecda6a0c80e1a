#!/usr/bin/env node
import { packageVersion } from '../sdk';
import { type Command, type CommandIo, EXIT, type ExitCode } from './command';
import { doctor } from './doctor';
import { plan } from './plan';

const commands: Record<string, Command> = { doctor, plan };

const width = Math.max(...Object.keys(commands).map((name) => name.length)) + 2;
const help = `Usage: pg-otel <command> [options]

Commands:
${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(width)}${summary}`)
  .join('\n')}

Options:
  --help     Help for pg-otel or for a command
  --version  The version of pg-otel
`;

async function main(argv: string[], io: CommandIo): Promise<ExitCode> {
  const [first, ...rest] = argv;
  if (first === '--version') {
    io.out(`${packageVersion(__filename)}\n`);
    return EXIT.ok;
  }
  if (first === '--help' || first === 'help') {
    io.out(help);
    return EXIT.ok;
  }
  const command = first !== undefined && Object.hasOwn(commands, first) ? commands[first] : undefined;
  if (command === undefined) {
    io.err(`${first === undefined ? 'A command is missing.' : `There is no command "${first}".`}\n\n${help}`);
    return EXIT.badInput;
  }
  if (rest.includes('--help')) {
    io.out(command.help);
    return EXIT.ok;
  }
  try {
    return await command.run(rest, io);
  } catch (error) {
    if (!isBadArgument(error)) throw error;
    // Somebody may have given a connection string where no argument belongs.
    io.err(`${error.message.replace(/[^\s']*:\/\/[^\s']*/g, '<URL>')}\n\n${command.help}`);
    return EXIT.badInput;
  }
}

function isBadArgument(error: unknown): error is Error {
  return error instanceof Error && String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS');
}

void main(process.argv.slice(2), {
  cwd: process.cwd(),
  isColoured: Boolean(process.stdout.isTTY) && !process.env['NO_COLOR'],
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
}).then((code) => {
  process.exitCode = code;
});
