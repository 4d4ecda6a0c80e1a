import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('./load-process.mjs', import.meta.url));

/** Starts the process of the callers; `run(load, task)` resolves with what was measured. */
export async function startLoad(env) {
  // Typed arrays stay what they are.
  const child = spawn(process.execPath, [program], {
    env,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`bench: the process of the callers ended with code ${code}`);
  });
  // Whoever waits for a message hears of it; at the end nobody does.
  ended.catch(() => {});
  const message = async () => (await Promise.race([once(child, 'message'), ended]))[0];
  await message();
  return {
    run(load, task) {
      child.send({ load, task });
      return message();
    },
    stop: () => child.kill(),
  };
}
