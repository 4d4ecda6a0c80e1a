// `node packages/instrumentation/test/orms/prisma/generate.mjs`: writes programs/prisma-client.mjs from schema.prisma, as
// `prisma generate` does, without its types. Only needed after a change of the schema or of Prisma's version: the
// command line tool takes 250 MB to install, too much for a run of the tests.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';

const here = path.dirname(fileURLToPath(import.meta.url));
const client = path.join(
  here,
  '../../../../../test/major-versions/otel-2/orms/node_modules/@prisma/client/package.json',
);
const { version } = JSON.parse(readFileSync(client, 'utf8'));

const folder = mkdtempSync(path.join(tmpdir(), 'prisma-'));
try {
  cpSync(path.join(here, 'schema.prisma'), path.join(folder, 'schema.prisma'));
  execFileSync(
    'npx',
    ['--yes', '--ignore-scripts', `prisma@${version}`, 'generate', '--schema=schema.prisma'],
    {
      cwd: folder,
      stdio: 'inherit',
      // It would download an engine that it has no use for here; any file will do in its place.
      env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath },
    },
  );
  const typed = readFileSync(path.join(folder, 'generated/internal/class.ts'), 'utf8');
  const { code } = transformSync(typed, { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' } });
  writeFileSync(path.join(here, '../programs/prisma-client.mjs'), code);
} finally {
  rmSync(folder, { recursive: true });
}
