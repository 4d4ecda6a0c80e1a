import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import {
  bundle,
  exportTo,
  type Installation,
  installationFolder,
  type OtlpCapture,
  place,
  removePlaced,
  repository,
  runFixture,
  startOtlpCapture,
} from '@pg-otel/testkit';

/** The driver's two builds share nothing. */
export type Build = 'CommonJS' | 'ESM';

export interface Driver {
  readonly installation: Installation;
  readonly node: string;
}

export const OLDEST: Driver = { installation: 'otel-2/pglite-0.2', node: process.execPath };

/**
 * A new database takes seconds of processor time, so programs load a copy of one. None of them creates it: that would be
 * a statement more, and PGlite 0.2 reads beyond its memory later in a process that has created a database.
 */
const CREATE = `
  const { PGlite } = require(process.argv[1]);
  PGlite.create()
    .then((db) => db.dumpDataDir('none'))
    .then(async (copy) => require('node:fs').writeFileSync(process.argv[2], Buffer.from(await copy.arrayBuffer())))
    .then(() => process.exit());
`;
const databases = fs.mkdtempSync(path.join(os.tmpdir(), 'pg-otel-pglite-'));
afterAll(() => {
  removePlaced();
  fs.rmSync(databases, { recursive: true });
});

/** What `stage.cjs` needs to find the driver, and a database to copy. */
export function stageEnvironment({ installation }: Driver, build: Build): Readonly<Record<string, string>> {
  // The newest version is installed once, in the repository.
  const isOldest = installation === OLDEST.installation;
  const folder = isOldest ? installationFolder(installation) : repository;
  const dist = path.join(folder, 'node_modules/@electric-sql/pglite/dist');
  const database = path.join(databases, isOldest ? 'oldest.tar' : 'newest.tar');
  if (!fs.existsSync(database)) {
    execFileSync(process.execPath, ['-e', CREATE, path.join(dist, 'index.cjs'), database]);
  }
  return {
    PGLITE: path.join(dist, build === 'ESM' ? 'index.js' : 'index.cjs'),
    PGLITE_DATABASE: database,
    PGLITE_STAGE: place(installation, fs.readFileSync(path.join(__dirname, 'stage.cjs'), 'utf8'), 'cjs'),
  };
}

/** The files that PGlite loads from the folder of its code. */
const ASSETS = ['pglite.wasm', 'pglite.data', 'initdb.wasm'];

/** Bundles the newest PGlite with esbuild. Returns what programs need to load the bundle instead of the package. */
export async function bundlePGlite({ installation }: Driver, build: Build) {
  const file = await bundle({
    installation,
    source:
      build === 'ESM'
        ? `export { PGlite } from '@electric-sql/pglite';`
        : `module.exports = require('@electric-sql/pglite');`,
    format: build === 'ESM' ? 'esm' : 'cjs',
    withOurs: false,
  });
  const folder = fs.mkdtempSync(`${file}-`);
  const moved = path.join(folder, path.basename(file));
  fs.copyFileSync(file, moved);
  for (const asset of ASSETS) {
    fs.copyFileSync(
      path.join(repository, 'node_modules/@electric-sql/pglite/dist', asset),
      path.join(folder, asset),
    );
  }
  return { env: { PGLITE: moved }, remove: () => fs.rmSync(folder, { recursive: true }) };
}

export let capture: OtlpCapture;

/** For a file that plays programs. */
export function captureTelemetry(): void {
  beforeAll(async () => {
    capture = await startOtlpCapture();
  });
  beforeEach(() => capture.clear());
  afterAll(() => capture.stop());
}

const STORY = 'require(process.env.PGLITE_STAGE).run();';

export interface Options {
  readonly build?: Build;
  /** The main module. Default: the story of stage.cjs. */
  readonly source?: string;
  /** Default: the distribution. */
  readonly nodeArgs?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the program in a child process to its end, and expects success. Returns what it has written. */
export async function play(
  driver: Driver,
  { build = 'CommonJS', source = STORY, nodeArgs = ['--import', 'pg-otel/register'], env = {} }: Options = {},
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const { installation, node } = driver;
  const { stdout, stderr, code } = await runFixture({
    installation,
    node,
    nodeArgs,
    type: 'commonjs',
    source,
    env: { ...exportTo(capture), ...stageEnvironment(driver, build), ...env },
  });
  expect({ stderr, code }).toEqual({ stderr, code: 0 });
  return { stdout, stderr };
}

/** The statements in the spans below the span of the application, sorted. */
export function spannedStatements(): unknown[] {
  const application = capture.spans().find(({ name }) => name === 'application');
  return capture
    .spans()
    .filter(({ parentSpanId }) => parentSpanId === application?.spanId)
    .map(({ attributes }) => attributes['db.query.text'])
    .sort();
}
