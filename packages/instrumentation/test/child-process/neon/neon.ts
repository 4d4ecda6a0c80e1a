import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  type CapturedSpan,
  exportTo,
  type FixtureOptions,
  type Installation,
  type NeonEndpoint,
  place,
  runFixture,
  runtimes,
  startNeonEndpoint,
} from '@pg-otel/testkit';
import { capture, postgres } from '@pg-otel/testkit/stage';

/** A Neon endpoint for all tests of the file that imports this. */
export let endpoint: NeonEndpoint;

beforeAll(async () => {
  endpoint = await startNeonEndpoint(postgres);
});
afterAll(() => endpoint.stop());

export interface Driver {
  readonly installation: Installation;
  readonly node: string;
}

/** Each version of the driver, and the newest on each runtime. */
export const drivers: [string, Driver][] = [
  ...runtimes().map((runtime): [string, Driver] => [String(runtime), runtime]),
  ['Neon 1.0', { installation: 'otel-2/neon-1.0', node: process.execPath }],
  ['Neon 1.1', { installation: 'otel-2/neon-1.1', node: process.execPath }],
];
export const newest = drivers[0]?.[1] as Driver;

/** The driver's two builds share nothing. */
export type Build = 'CommonJS' | 'ESM';
export const BUILDS: readonly Build[] = ['CommonJS', 'ESM'];

/**
 * The builds to test on a driver of {@link drivers}: both on the newest. On each of the others one, in turn, unless
 * `TEST_ALL_RUNTIMES` is set.
 */
export function buildsOn(driver: Driver): readonly Build[] {
  if (driver === newest || process.env['TEST_ALL_RUNTIMES'] !== undefined) return BUILDS;
  const index = drivers.findIndex(([, other]) => other === driver);
  return [BUILDS[index % BUILDS.length] as Build];
}

const MAIN: Record<Build, string> = {
  CommonJS: `require(process.env.STAGE)(require('@neondatabase/serverless'));`,
  ESM: `
    import { createRequire } from 'node:module';
    import * as driver from '@neondatabase/serverless';
    createRequire(import.meta.url)(process.env.STAGE)(driver);`,
};

export interface Options {
  readonly build?: Build;
  /** The main module. Default: plays the program with the driver. */
  readonly source?: string;
  /** Default: the distribution. */
  readonly nodeArgs?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const read = (file: string): string => fs.readFileSync(path.join(__dirname, file), 'utf8');

/** The options that run a program of the folder `programs` in a child process. */
export function fixture(
  { installation, node }: Driver,
  program: string,
  {
    build = 'CommonJS',
    source = MAIN[build],
    nodeArgs = ['--import', 'pg-otel/register'],
    env = {},
  }: Options = {},
): FixtureOptions {
  return {
    installation,
    node,
    nodeArgs,
    type: build === 'ESM' ? 'module' : 'commonjs',
    source,
    env: {
      ...exportTo(capture, postgres),
      ...endpoint.env,
      STAGE: place(installation, read('stage.cjs'), 'cjs'),
      SCENES: place(installation, read(`programs/${program}.cjs`), 'cjs'),
      ...env,
    },
  };
}

/** Runs a program to its end, and expects success and no output. */
export async function play(...program: Parameters<typeof fixture>): Promise<void> {
  const { stdout, stderr, code } = await runFixture(fixture(...program));
  expect({ stdout, stderr, code }).toEqual({ stdout: '', stderr: '', code: 0 });
}

/** The parts of a span that do not vary from run to run. */
export interface SpanSummary {
  readonly name: string;
  readonly parent: string | undefined;
  readonly kind: CapturedSpan['kind'];
  readonly status: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** All spans below the span of a scene, by start; values that differ from run to run are replaced by their type. */
export function spansOf(scene: string): SpanSummary[] {
  const all = capture.spans();
  const byId = new Map(all.map((span) => [span.spanId, span]));
  const isBelow = (span: CapturedSpan): boolean => {
    const parent = byId.get(span.parentSpanId ?? '');
    return parent !== undefined && (parent.name === scene || isBelow(parent));
  };
  return all
    .filter(isBelow)
    .sort((one, other) => Number(one.start - other.start))
    .map(({ name, kind, parentSpanId, status, attributes }) => ({
      name,
      parent: byId.get(parentSpanId ?? '')?.name,
      kind,
      status: [status.code, status.message].join(' ').trim(),
      attributes: Object.fromEntries(
        Object.entries(attributes)
          // Only present when the rows arrived more than a millisecond apart.
          .filter(([key]) => key !== 'pg_otel.response.first_row_time')
          .map(([key, value]) => [key, VARYING.test(key) ? typeof value : value]),
      ),
    }));
}

const VARYING = /_time$|request_id$/;

/** The number of values of a histogram with these attributes. */
export function counted(name: string, attributes: Readonly<Record<string, unknown>> = {}): number {
  const points =
    capture
      .metrics()
      .filter((metric) => metric.name === name)
      .at(-1)?.points ?? [];
  return points
    .filter((point) => Object.entries(attributes).every(([key, value]) => point.attributes[key] === value))
    .reduce((sum, { count = 0 }) => sum + count, 0);
}

/** The attributes of the target of every query. */
export const target = () => ({
  'db.system.name': 'postgresql',
  'db.namespace': postgres.database,
  'server.address': postgres.host,
  'server.port': postgres.port,
});
