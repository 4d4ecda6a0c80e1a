import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { type FixtureResult, type Installation, place, runFixture } from '@pg-otel/testkit';

/** The driver as it is, in an application with an SDK and everything optional on, and with us alone. */
export type Mode = 'bare' | 'instrumented' | 'without an SDK';

export interface Driver {
  readonly installation: Installation;
  readonly node: string;
}

interface Run extends FixtureResult {
  /** How many spans there were; undefined for a bare run. */
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

/** A program of the folder `programs`, and what it finds in its environment beside the stage. */
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
        ...(mode === 'bare' ? [] : ['--import', place(installation, read('preload.cjs'), 'cjs')]),
        ...(program.nodeArgs ?? []),
      ],
      env: {
        ...program.env,
        STAGE: place(installation, read('stage.cjs'), 'cjs'),
        ...(mode === 'bare' ? {} : { SPANS_FILE: spansFile }),
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

/** Runs it bare, and in the other mode. */
export function both(driver: Driver, mode: Mode, program: Program): Promise<[bare: Run, ours: Run]> {
  return Promise.all([run(driver, 'bare', program), run(driver, mode, program)]);
}

/** What was told. */
export const told = ({ stdout }: FixtureResult): string[] => stdout.trimEnd().split('\n');

/** What Node writes of an error that nobody caught: neither its way through the code nor its properties. */
export const complaint = ({ stderr }: FixtureResult): string[] =>
  stderr
    .split('\n')
    .filter((line) => /^\S/.test(line) && !/^}|PgOtelWarning|DeprecationWarning|^\(Use `node/.test(line))
    .map((line) => line.replace(/^\S+\.c?js:\d+$/, 'file'));

/** What is told in another way: scene, what, and the values of both runs. */
export function differences(bare: FixtureResult, ours: FixtureResult): unknown[] {
  const before = told(bare);
  return told(ours)
    .map((line, index) => ({ bare: before[index], ours: line }))
    .filter(({ bare, ours }) => bare !== ours)
    .map(({ bare, ours }) => {
      const [scene, what, ...values] = JSON.parse(ours);
      return [scene, what, JSON.parse(bare ?? '[]').slice(2), values];
    });
}
