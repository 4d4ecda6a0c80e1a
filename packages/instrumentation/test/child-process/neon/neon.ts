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
  /** Default: the front door. */
  readonly nodeArgs?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A bootstrap of the application's own. */
export const SDK = `
  import { NodeSDK } from '@opentelemetry/sdk-node';
  import { PostgresInstrumentation } from '@pg-otel/instrumentation';
  globalThis.sdk = new NodeSDK({ instrumentations: [new PostgresInstrumentation()] });
  sdk.start();
`;

const read = (file: string): string => fs.readFileSync(path.join(__dirname, file), 'utf8');

/** What it takes to run a program of the folder `programs` in a process of its own. */
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

/** Runs it to its end, which has to be a good one, without a word. */
export async function play(...program: Parameters<typeof fixture>): Promise<void> {
  const { stdout, stderr, code } = await runFixture(fixture(...program));
  expect({ stdout, stderr, code }).toEqual({ stdout: '', stderr: '', code: 0 });
}

/** What a span tells; times are there or not. */
export interface Told {
  readonly name: string;
  readonly parent: string | undefined;
  readonly kind: CapturedSpan['kind'];
  readonly status: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Everything below the span of a scene, by start; values that differ from run to run by their type. */
export function spansOf(scene: string): Told[] {
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
          // There when the machine was busy for a millisecond in between.
          .filter(([key]) => key !== 'pg_otel.response.first_row_time')
          .map(([key, value]) => [key, VARYING.test(key) ? typeof value : value]),
      ),
    }));
}

const VARYING = /_time$|request_id$/;

/** How many values of a histogram there are with these attributes. */
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

/** Where every query leads. */
export const target = () => ({
  'db.system.name': 'postgresql',
  'db.namespace': postgres.database,
  'server.address': postgres.host,
  'server.port': postgres.port,
});
