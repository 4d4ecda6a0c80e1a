import * as fs from 'node:fs';
import * as path from 'node:path';
import { exportTo, type FixtureOptions, type Installation, place, runFixture } from '@pg-otel/testkit';
import { capture, postgres } from '@pg-otel/testkit/stage';

/** The driver's two builds share nothing. */
export type Build = 'CommonJS' | 'ESM';
export const BUILDS: readonly Build[] = ['CommonJS', 'ESM'];

export interface Driver {
  readonly installation: Installation;
  readonly node: string;
}

const MAIN: Record<Build, string> = {
  CommonJS: `require(process.env.STAGE)(require('postgres'));`,
  ESM: `
    import { createRequire } from 'node:module';
    import postgres from 'postgres';
    createRequire(import.meta.url)(process.env.STAGE)(postgres);`,
};

export interface Options {
  readonly build?: Build;
  /** The main module. Default: runs the program with the driver. */
  readonly source?: string;
  /** Default: the distribution. */
  readonly nodeArgs?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the program in a child process to its end, and expects success. Returns what it has written. */
export async function play(
  { installation, node }: Driver,
  {
    build = 'CommonJS',
    source = MAIN[build],
    nodeArgs = ['--import', 'pg-otel/register'],
    env,
  }: Options = {},
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const { stdout, stderr, code } = await runFixture({
    installation,
    node,
    nodeArgs,
    type: build === 'ESM' ? 'module' : 'commonjs',
    source,
    env: {
      ...exportTo(capture, postgres),
      STAGE: place(installation, fs.readFileSync(path.join(__dirname, 'stage.cjs'), 'utf8'), 'cjs'),
      ...env,
    },
  } satisfies FixtureOptions);
  expect({ stderr, code }).toEqual({ stderr, code: 0 });
  return { stdout, stderr };
}

/** The names of the spans of the program, below the span of the application, sorted. */
export const names = (): string[] =>
  capture
    .spans()
    .map(({ name }) => name)
    .sort();

/** Those of each run of the program. */
export const NAMES = [
  'SELECT',
  'acquire shop',
  'acquire shop',
  'application',
  'begin',
  'commit',
  'connect shop',
  'create table accounts',
  'select pg_catalog.pg_type pg_catalog.pg_type',
].sort();

/** The phases of the setup. */
export const phases = (): string[][] =>
  capture
    .spans()
    .filter(({ name }) => name === 'connect shop')
    .map(({ events }) => events.map(({ name }) => name));
