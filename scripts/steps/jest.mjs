import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { repository } from './command.mjs';

/** Resolves with jest's exit code. */
export async function jest(args) {
  const program = path.join(repository, 'node_modules/jest/bin/jest.js');
  const child = spawn(process.execPath, [program, ...args], { cwd: repository, stdio: 'inherit' });
  const [code] = await once(child, 'close');
  return code ?? 1;
}
