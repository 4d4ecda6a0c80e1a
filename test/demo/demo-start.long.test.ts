import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { pollUntil, repository } from '@pg-otel/testkit';

const program = path.join(repository, 'scripts/demo.mjs');

/** Ctrl-C goes to the demo and to the programs that it runs, which share its process group. */
async function interruptAt(step: string, args: readonly string[] = []) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'demo-'));
  fs.chmodSync(folder, 0o777);
  const child = spawn(process.execPath, [program, ...args], {
    detached: true,
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let isInterrupted = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (isInterrupted || !output.includes(step)) return;
      isInterrupted = true;
      process.kill(-(child.pid as number), 'SIGINT');
    });
  }
  const [code, signal] = await once(child, 'close');
  return { output, code, signal, folder };
}

describe('Ctrl-C while the demo starts', () => {
  it.each([
    ['it builds', 'Building', []],
    ['Postgres starts', 'Starting Postgres', []],
    ['the Neon endpoint starts', 'Starting a Neon endpoint', ['--neon']],
    ['the shop opens', 'Opening the shop', []],
  ])('while %s, ends it quietly and leaves nothing running', async (_, step, args) => {
    const { output, code, signal, folder } = await interruptAt(step, args);
    expect({ code, signal }).toEqual({ code: 0, signal: null });
    expect(output.split('\n').filter((line) => /Error|failed|^\s+at /.test(line))).toEqual([]);
    // The guard of the testkit's Postgres removes its folder when the server has ended.
    await pollUntil(async () => fs.readdirSync(folder).length === 0);
    fs.rmdirSync(folder);
  });
});
