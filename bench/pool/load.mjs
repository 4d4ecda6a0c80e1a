import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const callers = fileURLToPath(new URL('./load-process.mjs', import.meta.url));

/** Starts the process of the callers, or another; `run(load, task)` resolves with what was measured. */
export async function startLoad(env, program = callers) {
  // Typed arrays stay what they are.
  const child = spawn(process.execPath, [program], {
    env,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`bench: the process of the load ended with code ${code}`);
  });
  // The error is thrown where a message is awaited; at the end nothing awaits one.
  ended.catch(() => {});
  const message = async () => (await Promise.race([once(child, 'message'), ended]))[0];
  await message();
  return {
    pid: child.pid,
    run(load, task) {
      child.send({ load, task });
      return message();
    },
    stop: () => child.kill(),
  };
}
