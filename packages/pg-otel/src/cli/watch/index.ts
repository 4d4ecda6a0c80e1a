import { setTimeout as sleep } from 'node:timers/promises';
import { BadInput } from '../bad-input';
import { type Command, type CommandIo, EXIT, type ExitCode } from '../command';
import { requireInstalled } from '../not-installed';
import { painter } from '../paint';
import { printable } from '../printable';
import { readArguments } from './arguments';
import { JsonView, LinesView } from './plain-view';
import { choosePort } from './port';
import { CommandNotRun, exitCodeOf, type ProgramEnd, startProgram } from './program';
import { ProgramOutput } from './program-output';
import { type Keys, ScreenView } from './screen-view';
import { programSource, type Source, urlSource } from './source';
import type { View } from './view';

const UPDATE_MILLIS = 1_000;
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export const watch: Command = {
  summary: 'Runs a program and shows live what Postgres does for it',
  help: `Usage: pg-otel watch [options] -- <command that starts the application>
       pg-otel watch [options] --url <url>

Shows what is above a threshold, what runs now and why it is slow, latencies against the target, pools, the slowest
statements, the latest trace, connection setup and findings, each second. It needs the package @pg-otel/insights, no
collector and no change of the program: pg-otel/register is loaded into its Node processes.

The output of the program stays: on a terminal it is above the screen, and its last lines are in it; otherwise it goes to
stderr. Without a terminal, watch prints lines.

Options:
  --url <url>  The insights of a program that runs, like http://127.0.0.1:4500 (PG_OTEL_INSIGHTS=4500)
  --json       Print the data of each update as a line of JSON

Keys: p pauses, s sorts the statements, q ends the program (SIGTERM; once more: SIGKILL)

Signals are passed on to the program. Exit code: that of the program, 126 or 127 if it cannot be run; with --url 0, or 1
if the URL does not answer or has no insights; 2 wrong arguments
`,
  async run(args, io) {
    try {
      const { isJson, ...what } = readArguments(args);
      return 'url' in what
        ? await watchUrl(what.url, isJson, io)
        : await watchProgram(what.command, isJson, io);
    } catch (error) {
      if (!(error instanceof BadInput) && !(error instanceof CommandNotRun)) throw error;
      io.err(`${error.message}\n`);
      return error instanceof CommandNotRun ? error.exitCode : EXIT.badInput;
    }
  },
};

async function watchProgram(command: readonly string[], isJson: boolean, io: CommandIo): Promise<ExitCode> {
  requireInstalled('pg-otel watch', '@pg-otel/insights', io.cwd);
  const port = await choosePort(process.env['PG_OTEL_INSIGHTS']);
  const usesScreen = isOnScreen(isJson);
  const program = startProgram({
    command,
    cwd: io.cwd,
    env: process.env,
    port,
    reads: { stdout: usesScreen, stderr: usesScreen && process.stderr.isTTY === true },
  });
  let hasQuit = false;
  const quit = () => {
    program.signal(hasQuit ? 'SIGKILL' : 'SIGTERM');
    hasQuit = true;
    return 'The program is ending · q kills it';
  };
  process.stdout.on('error', quit); // Nobody reads the output any more.
  const output = new ProgramOutput();
  const view = usesScreen
    ? screen(command.join(' '), waitingFor(port), output, io, { quit, signal: program.signal })
    : plain(isJson, io);
  if (view instanceof ScreenView) {
    for (const stream of program.outputs) output.follow(stream, () => view.outputArrived());
  }
  let end: ProgramEnd;
  try {
    await follow(programSource(port), view, program.ended);
    end = await program.ended;
  } finally {
    view.close();
  }
  const isEndedByKey = hasQuit && (end.signal === 'SIGTERM' || end.signal === 'SIGKILL');
  return isEndedByKey ? EXIT.ok : exitCodeOf(end);
}

const waitingFor = (port: number): string =>
  `Waiting for the insights of the program on port ${port}. A program that is not Node.js, or a bundle, has none: see pg-otel doctor.`;

async function watchUrl(url: URL, isJson: boolean, io: CommandIo): Promise<ExitCode> {
  const source = urlSource(url);
  const first = await source.read();
  if ('failure' in first) {
    io.err(`${first.failure}\n`);
    return EXIT.problem;
  }
  let end: (signal?: NodeJS.Signals) => void = () => {};
  const ended = new Promise<NodeJS.Signals | undefined>((resolve) => {
    end = resolve;
  });
  const quit = () => {
    end();
    return undefined;
  };
  process.stdout.on('error', quit);
  for (const signal of ENDING) process.once(signal, end);
  const view = isOnScreen(isJson)
    ? screen(url.origin + url.pathname, 'Reading', new ProgramOutput(), io, { quit, signal: quit })
    : plain(isJson, io);
  try {
    await follow(source, view, ended);
  } finally {
    view.close();
    for (const signal of ENDING) process.removeListener(signal, end);
  }
  return exitCodeOf({ code: EXIT.ok, signal: (await ended) ?? null });
}

const isOnScreen = (isJson: boolean): boolean => !isJson && process.stdout.isTTY === true;

function screen(
  title: string,
  waiting: string,
  output: ProgramOutput,
  io: CommandIo,
  keys: Keys,
): ScreenView {
  return new ScreenView({
    terminal: process.stdout,
    keyboard: process.stdin.isTTY ? process.stdin : undefined,
    title: printable(title.replace(/\s+/g, ' '), false),
    paint: painter(io.isColoured),
    waiting,
    output,
    keys,
  });
}

function plain(isJson: boolean, io: CommandIo): View {
  return new (isJson ? JsonView : LinesView)(io.out);
}

/** Shows the data each second until something has ended. */
async function follow(source: Source, view: View, ended: Promise<unknown>): Promise<void> {
  const over = ended.then(
    () => undefined,
    () => undefined,
  );
  for (;;) {
    const reading = await Promise.race([source.read(), over]);
    if (reading === undefined) return;
    view.update(reading);
    const isOver = await isSettledWithin(over, UPDATE_MILLIS);
    if (isOver) return;
  }
}

async function isSettledWithin(over: Promise<undefined>, millis: number): Promise<boolean> {
  const waiting = new AbortController();
  const late = sleep(millis, false, { signal: waiting.signal }).catch(() => false);
  const isOver = await Promise.race([over.then(() => true), late]);
  waiting.abort();
  return isOver;
}
