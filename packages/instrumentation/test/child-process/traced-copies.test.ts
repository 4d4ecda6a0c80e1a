import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import {
  exportTo,
  installationFolder,
  onePerMajorVersion,
  placeInInstallation,
  runFixture,
  titled,
} from '@pg-otel/testkit';
import { capture, postgres } from '@pg-otel/testkit/stage';

/** The drivers, in the folders in which Nitro puts them when an application has several versions of each. */
const DRIVERS = ['pg', 'pg-pool', 'postgres', '@neondatabase/serverless'];

const RUN = `
  const pool = new pg.Pool();
  await pool.query('SELECT 1 FROM pg_class LIMIT 1');
  await pool.end();
  const sql = postgres({ max: 1, fetch_types: false });
  await sql\`SELECT 2 FROM pg_namespace LIMIT 1\`;
  await sql.end();
  const patched = describeInstrumentation().patched.map(({ module, version }) => [module, version]);
  console.log(JSON.stringify(Object.fromEntries(patched)));`;
const PROGRAMS = {
  'server.mjs': `
    import { describeInstrumentation } from '@pg-otel/instrumentation';
    import '@neondatabase/serverless';
    import pg from 'pg';
    import postgres from 'postgres';
    ${RUN}`,
  'server.cjs': `
    const { describeInstrumentation } = require('@pg-otel/instrumentation');
    require('@neondatabase/serverless');
    const pg = require('pg');
    const postgres = require('postgres');
    (async () => {${RUN}})();`,
};

describe.each(titled(onePerMajorVersion()))('on %s', (_, { installation, node }) => {
  let build: string;
  let folder: string;
  beforeAll(() => {
    build = fs.mkdtempSync(path.join(os.tmpdir(), 'pg-otel-build-'));
    for (const [name, source] of Object.entries(PROGRAMS)) fs.writeFileSync(path.join(build, name), source);
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));
  afterAll(() => fs.rmSync(build, { recursive: true }));

  it.each([
    ['.nf3', 'server.mjs'],
    ['.nf3', 'server.cjs'],
    ['.nitro', 'server.mjs'],
  ])("instruments drivers that Nitro's build has in node_modules/%s, in %s", async (store, program) => {
    folder = placeInInstallation(installation, build);
    const versions = copyDrivers(path.join(installationFolder(installation), 'node_modules'), folder, store);
    const { stdout, stderr, code } = await runFixture({
      installation,
      node,
      folder,
      nodeArgs: ['--import', 'pg-otel/register'],
      command: [program],
      env: exportTo(capture, postgres),
    });
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(JSON.parse(stdout)).toEqual(versions);
    expect(
      capture
        .spans()
        .map(({ name }) => name)
        .sort(),
    ).toEqual([
      'SELECT pg_class',
      'SELECT pg_namespace',
      'acquire shop',
      'acquire shop',
      'connect shop',
      'connect shop',
    ]);
  });
});

/**
 * As nf3 does (src/trace.ts): each version in its own folder, and a link to one of them. Returns the versions by name.
 */
function copyDrivers(from: string, folder: string, store: string): Record<string, string> {
  const versions: Record<string, string> = {};
  for (const name of DRIVERS) {
    const { version } = JSON.parse(fs.readFileSync(path.join(from, name, 'package.json'), 'utf8'));
    const copy = path.join(folder, 'node_modules', store, `${name}@${version}`);
    fs.cpSync(path.join(from, name), copy, { recursive: true });
    const link = path.join(folder, 'node_modules', name);
    fs.mkdirSync(path.dirname(link), { recursive: true });
    fs.symlinkSync(copy, link, 'dir');
    versions[name] = version;
  }
  return versions;
}
