import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { repository } from './command.mjs';

/**
 * Runs jest and resolves with its exit code. `env`: further variables. Deprecation warnings are not printed: tests use deprecated calls of pg, as
 * applications do.
 */
export async function jest(args, env = {}) {
  const program = path.join(repository, 'node_modules/jest/bin/jest.js');
  const child = spawn(process.execPath, ['--no-deprecation', program, ...args], {
    cwd: repository,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  const [code] = await once(child, 'close');
  return code ?? 1;
}
