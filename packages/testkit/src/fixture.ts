import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { HANG_LIMIT_MILLIS } from './hang-limit';
import { defaultNode, type Installation, installationFolder } from './installations';

export type FixtureProgram =
  /** A file; copied into the installation, so that it finds the packages there. */
  | { readonly script: string }
  /** The text of a program. */
  | { readonly source: string; readonly type: 'commonjs' | 'module' }
  /** A folder placed by {@link placeInInstallation}, and what to run in it: `['--import', './first.js', 'app.js']`. */
  | { readonly folder: string; readonly command: readonly string[] };

export type FixtureOptions = FixtureProgram & {
  readonly installation: Installation;
  /** The Node to run. Default: the Node that runs the tests; for `otel-3`, the Node of that installation. */
  readonly node?: string;
  /** Arguments of Node, before the program: `['--import', 'pg-otel/register']`. */
  readonly nodeArgs?: readonly string[];
  /** Arguments of the program. */
  readonly args?: readonly string[];
  /** Added to the environment of this process without its OTEL_*, PG* and NODE_* variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** After this time the program is killed, and the result is an error. Default 180,000. */
  readonly timeoutMillis?: number;
};

export interface FixtureResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Null when a signal ended the program. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunningFixture {
  readonly pid: number;
  /** Resolves once the text was written to stdout or stderr. @throws when the program ends before. */
  waitForOutput(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** How the program ended. @throws when it took longer than `timeoutMillis` */
  readonly ended: Promise<FixtureResult>;
}

/** Runs a small program in a child process, in the folder of an installation, until it ends. */
export function runFixture(options: FixtureOptions): Promise<FixtureResult> {
  return startFixture(options).ended;
}

/** Starts such a program, for tests that talk to it or send it signals. */
export function startFixture(options: FixtureOptions): RunningFixture {
  const { cwd, command, remove } = prepare(options);
  const child = spawn(
    options.node ?? defaultNode(options.installation),
    [...(options.nodeArgs ?? []), ...command, ...(options.args ?? [])],
    {
      cwd,
      env: { ...neutralEnvironment(), ...withoutInstrumentations, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text;
      child.emit('output');
    });
  }

  const ended = settle(child, output, options.timeoutMillis ?? HANG_LIMIT_MILLIS).finally(remove);
  // `waitForOutput` reports a failure.
  ended.catch(() => undefined);
  return {
    pid: child.pid as number,
    ended,
    kill: (signal) => void child.kill(signal),
    async waitForOutput(text) {
      const end = ended.then(({ code, signal }) => {
        throw new Error(
          `The program ended (${signal ?? `exit code ${code}`}) before it wrote "${text}":\n${output.stdout}${output.stderr}`,
        );
      });
      end.catch(() => undefined);
      while (!output.stdout.includes(text) && !output.stderr.includes(text)) {
        await Promise.race([once(child, 'output'), end]);
      }
    },
  };
}

async function settle(
  child: ChildProcess,
  output: { stdout: string; stderr: string },
  timeoutMillis: number,
): Promise<FixtureResult> {
  let isLate = false;
  const deadline = setTimeout(() => {
    isLate = true;
    child.kill('SIGKILL');
  }, timeoutMillis);
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    if (isLate) {
      throw new Error(
        `The program did not end within ${timeoutMillis} ms:\n${output.stdout}${output.stderr}`,
      );
    }
    return { ...output, code, signal };
  } finally {
    clearTimeout(deadline);
  }
}

interface PlacedProgram {
  readonly cwd: string;
  readonly command: readonly string[];
  remove(): void;
}

function prepare(program: FixtureOptions): PlacedProgram {
  if ('folder' in program) return { cwd: program.folder, command: program.command, remove() {} };
  const cwd = installationFolder(program.installation);
  let file: string;
  if ('script' in program) {
    file = path.join(cacheFolder(program.installation), `${randomUUID()}-${path.basename(program.script)}`);
    fs.copyFileSync(program.script, file);
  } else {
    file = path.join(
      cacheFolder(program.installation),
      `${randomUUID()}.${program.type === 'module' ? 'mjs' : 'cjs'}`,
    );
    fs.writeFileSync(file, program.source);
  }
  return { cwd, command: [file], remove: () => fs.rmSync(file) };
}

/** Copies a folder of programs into an installation, where they find its packages. Returns the path of the copy. */
export function placeInInstallation(installation: Installation, folder: string): string {
  const copy = path.join(cacheFolder(installation), `${randomUUID()}-${path.basename(folder)}`);
  fs.cpSync(folder, copy, { recursive: true, filter: (file) => path.basename(file) !== 'node_modules' });
  return copy;
}

/** Inside the installation, where programs find its packages. */
function cacheFolder(installation: Installation): string {
  const folder = path.join(installationFolder(installation), '.cache');
  fs.mkdirSync(folder, { recursive: true });
  return folder;
}

/** Installations contain instrumentations that single tests need; the value '' lets pg-otel/register register them. */
const withoutInstrumentations = { PG_OTEL_INSTRUMENTATIONS: 'none' };

function neutralEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(OTEL_|PG|NODE_)/.test(name)));
}

/** Puts a further file of a program into an installation, where it finds the packages. */
export function place(
  installation: Installation,
  source: string,
  extension: 'mjs' | 'cjs' | 'mts' | 'yaml',
): string {
  const file = path.join(cacheFolder(installation), `${randomUUID()}.${extension}`);
  fs.writeFileSync(file, source);
  placed.add(file);
  return file;
}

const placed = new Set<string>();

export function removePlaced(): void {
  for (const file of placed) fs.rmSync(file, { force: true });
  placed.clear();
}
