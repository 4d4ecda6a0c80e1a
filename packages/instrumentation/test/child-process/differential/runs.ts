import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { type FixtureResult, type Installation, place, runFixture } from '@pg-otel/testkit';

/** How a program runs: uninstrumented, instrumented with an SDK and every option on, or instrumented without an SDK. */
export type Mode = 'uninstrumented' | 'instrumented' | 'without an SDK';

export interface Driver {
  readonly installation: Installation;
  readonly node: string;
}

interface Run extends FixtureResult {
  /** The number of spans; undefined for an uninstrumented run. */
  readonly spans: number | undefined;
}

export const read = (file: string): string => fs.readFileSync(path.join(__dirname, file), 'utf8');

const OPTIONS = {
  OTEL_METRICS_EXPORTER: 'otlp',
  OTEL_METRIC_EXPORT_INTERVAL: '3600000',

  PG_OTEL_PARAMETERS: 'true',
  PG_OTEL_ACQUIRE_SPANS: 'always',
  PG_OTEL_EXCEPTION_MESSAGES: 'true',
};

/** A program of the folder `programs`, with its arguments and environment. */
export interface Program {
  readonly name: string;
  readonly args?: readonly string[];
  readonly nodeArgs?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

async function run({ installation, node }: Driver, mode: Mode, program: Program): Promise<Run> {
  const spansFile = path.join(os.tmpdir(), `pg-otel-spans-${randomUUID()}`);
  try {
    const result = await runFixture({
      installation,
      node,
      script: path.join(__dirname, 'programs', `${program.name}.cjs`),
      args: program.args ?? [],
      nodeArgs: [
        ...(mode === 'uninstrumented' ? [] : ['--import', place(installation, read('preload.cjs'), 'cjs')]),
        ...(program.nodeArgs ?? []),
      ],
      env: {
        ...program.env,
        STAGE: place(installation, read('stage.cjs'), 'cjs'),
        ...(mode === 'uninstrumented' ? {} : { SPANS_FILE: spansFile }),
        ...(mode === 'instrumented' ? { ...OPTIONS, WITH_SDK: 'yes' } : {}),
      },
    });
    return {
      ...result,
      spans: fs.existsSync(spansFile) ? Number(fs.readFileSync(spansFile, 'utf8')) : undefined,
    };
  } finally {
    fs.rmSync(spansFile, { force: true });
  }
}

/**
 * Runs a program uninstrumented, and then in another mode. Not at the same time: the runs share a server, so that one
 * would receive the notifications of the other, and they would create the same role.
 */
export async function both(
  driver: Driver,
  mode: Mode,
  program: Program,
): Promise<[uninstrumented: Run, other: Run]> {
  return [await run(driver, 'uninstrumented', program), await run(driver, mode, program)];
}

/** The lines that a program has logged. */
export const logged = ({ stdout }: FixtureResult): string[] => stdout.trimEnd().split('\n');

/** What Node prints for an uncaught error, without stack and properties. */
export const complaint = ({ stderr }: FixtureResult): string[] =>
  stderr
    .split('\n')
    .filter((line) => /^\S/.test(line) && !/^}|PgOtelWarning|DeprecationWarning|^\(Use `node/.test(line))
    .map((line) => line.replace(/^\S+\.c?js:\d+$/, 'file'));

/** The lines that differ: scene, subject, and the values of both runs. */
export function differences(uninstrumented: FixtureResult, instrumented: FixtureResult): unknown[] {
  const expected = logged(uninstrumented);
  return logged(instrumented)
    .map((line, index) => ({ before: expected[index], after: line }))
    .filter(({ before, after }) => before !== after)
    .map(({ before, after }) => {
      const [scene, what, ...values] = JSON.parse(after);
      return [scene, what, JSON.parse(before ?? '[]').slice(2), values];
    });
}
