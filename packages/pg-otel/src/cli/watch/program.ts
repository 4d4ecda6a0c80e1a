import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { builtFile } from '../built-file';

/** Passed on to the program, which runs in a separate process group. */
const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const;
const SIGNALS = ['TRACES', 'METRICS', 'LOGS'] as const;

/** How a program ended. */
export interface ProgramEnd {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The command cannot be run. */
export class CommandNotRun extends Error {
  /** As shells have it: 127 if it does not exist, 126 if it cannot be executed. */
  readonly exitCode: number;

  constructor(command: string, code: string | undefined) {
    const isMissing = code === 'ENOENT';
    super(isMissing ? `There is no command ${command}` : `${command} cannot be run: ${code}`);
    this.exitCode = isMissing ? 127 : 126;
  }
}

export interface ProgramOptions {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** The port of its insights. */
  readonly port: number;
  /**
   * Which of its outputs are read here. The others go where the standard error of this process goes: standard output has the
   * output of the command.
   */
  readonly reads: { readonly stdout: boolean; readonly stderr: boolean };
}

/** A program that serves its insights. */
export interface Program {
  readonly outputs: readonly Readable[];
  /** Rejects with {@link CommandNotRun}. */
  readonly ended: Promise<ProgramEnd>;
  /** Sends a signal as a terminal or `kill` would. */
  signal(signal: NodeJS.Signals): void;
}

/** Starts a program with pg-otel and insights in each of its Node processes. */
export function startProgram({ command, cwd, env, port, reads }: ProgramOptions): Program {
  const [name = '', ...args] = command;
  const child = spawn(name, args, {
    cwd,
    // A separate process group: Ctrl-C reaches it from here, and only once.
    detached: true,
    env: observedEnvironment(env, port),
    // The terminal's keys are those of the screen.
    stdio: [process.stdin.isTTY ? 'ignore' : 'inherit', reads.stdout ? 'pipe' : 2, reads.stderr ? 'pipe' : 2],
  });
  const passOn = (signal: NodeJS.Signals) => send(child, signal);
  for (const signal of PASSED_ON) process.on(signal, passOn);
  const abandoned = () => send(child, 'SIGTERM');
  process.once('exit', abandoned);

  const ended = once(child, 'close')
    .then(([code, signal]) => ({ code, signal }) as ProgramEnd)
    .catch(({ code }: NodeJS.ErrnoException) => {
      throw new CommandNotRun(name, code);
    })
    .finally(() => {
      for (const signal of PASSED_ON) process.removeListener(signal, passOn);
      process.removeListener('exit', abandoned);
    });
  return {
    outputs: [child.stdout, child.stderr].filter((stream) => stream !== null),
    ended,
    signal: (signal) => send(child, signal),
  };
}

/** Ends this process as the program has ended. */
export function exitCodeOf({ code, signal }: ProgramEnd): number {
  if (signal === null) return code ?? 0;
  try {
    process.kill(process.pid, signal);
  } catch {
    // The exit code shows it then, as in a shell.
  }
  return 128 + (constants.signals[signal] ?? 0);
}

/** The environment of a program with the one line, and without exports if it has no receiver for them. */
function observedEnvironment(env: NodeJS.ProcessEnv, port: number): NodeJS.ProcessEnv {
  const preload = `--import ${pathToFileURL(builtFile('register.js')).href}`;
  const isSet = (...names: string[]) => names.some((name) => (env[name] ?? '') !== '');
  const withoutReceiver = SIGNALS.filter(
    (signal) =>
      !isSet(
        `OTEL_${signal}_EXPORTER`,
        `OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`,
        'OTEL_EXPORTER_OTLP_ENDPOINT',
        'OTEL_CONFIG_FILE',
      ),
  );
  return {
    ...env,
    ...Object.fromEntries(withoutReceiver.map((signal) => [`OTEL_${signal}_EXPORTER`, 'none'])),
    PG_OTEL_INSIGHTS: String(port),
    NODE_OPTIONS: [env['NODE_OPTIONS'], preload].filter(Boolean).join(' '),
  };
}

/** To all processes of a program, as the terminal does. Other signals go to its first one, which may pass them on. */
const TO_GROUP: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT', 'SIGKILL']);

function send({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(TO_GROUP.has(signal) && process.platform !== 'win32' ? -pid : pid, signal);
  } catch {
    // It has ended already.
  }
}
