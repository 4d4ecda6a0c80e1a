#!/usr/bin/env node
import { packageVersion } from '../package-version';
import { alerts } from './alerts';
import { type CommandIo, type CommandTable, EXIT, type ExitCode } from './command';
import { doctor } from './doctor';
import { plan } from './plan';
import { printable } from './printable';
import { runCommand } from './run-command';
import { watch } from './watch';

const commands: CommandTable = { doctor, plan, watch, alerts };

const options = `
Options:
  --help, -h  Help for pg-otel or for a command
  --version   The version of pg-otel
`;

async function main(argv: string[], io: CommandIo): Promise<ExitCode> {
  if (argv[0] === '--version') {
    io.out(`${packageVersion(__filename)}\n`);
    return EXIT.ok;
  }
  return runCommand('pg-otel', commands, argv, io, options);
}

const isColoured = Boolean(process.stdout.isTTY) && !process.env['NO_COLOR'];

void main(process.argv.slice(2), {
  cwd: process.cwd(),
  isColoured,
  out: (text) => process.stdout.write(printable(text, isColoured)),
  err: (text) => process.stderr.write(printable(text, false)),
  relay: (text) => process.stderr.write(text),
}).then((code) => {
  process.exitCode = code;
});
