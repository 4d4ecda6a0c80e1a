import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { build } from 'esbuild';

const PROGRAM = `
  import { serveInsights } from './packages/insights';
  const { url, close } = await serveInsights({ port: 0 });
  for (const endpoint of ['', 'all']) {
    const response = await fetch(url + endpoint);
    console.log(response.status, response.headers.get('content-type'));
  }
  await close();`;

it('an application in one file, without our packages, has the page and the figures', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'pg-otel-bundled-'));
  const outfile = path.join(folder, 'server.mjs');
  await build({
    stdin: { contents: PROGRAM, resolveDir: path.resolve(__dirname, '../../..') },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
  });
  const child = spawn(process.execPath, [outfile], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  rmSync(folder, { recursive: true });
  expect({ stdout, stderr }).toEqual({
    stdout: '200 text/html; charset=utf-8\n200 application/json; charset=utf-8\n',
    stderr: '',
  });
});
