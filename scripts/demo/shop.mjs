import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@pg-otel/testkit';
import { repository } from '../steps/command.mjs';

const cli = path.join(repository, 'packages/pg-otel/bin/pg-otel.js');
const command = ['watch', '--', 'node', 'app.js'];

/** What the demo runs in the folder of the shop. */
export const commandLine = ['npx pg-otel', ...command].join(' ');

/**
 * Starts the shop by `pg-otel watch`, in a separate process. Telemetry is sent more often than by default.
 * `closed` resolves when the user ends the shop by a key of the screen, and rejects when it ends unexpectedly.
 *
 * @param isOnScreen `pg-otel watch` has the terminal; otherwise `updates` gets its lines of JSON
 */
export async function openShop(env, { isOnScreen, updates }) {
  const port = await freePort();
  const [watch, ...shop] = command;
  const child = spawn(process.execPath, [cli, watch, ...(isOnScreen ? [] : ['--json']), ...shop], {
    cwd: path.join(repository, 'examples', 'shop'),
    env: {
      ...process.env,
      ...env,
      PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH}`,
      PORT: String(port),
      OTEL_SERVICE_NAME: 'shop',
      // The shop depends on this one; others are in the repository for its tests.
      PG_OTEL_INSTRUMENTATIONS: 'http',
      OTEL_BSP_SCHEDULE_DELAY: '250',
      OTEL_BLRP_SCHEDULE_DELAY: '250',
      OTEL_METRIC_EXPORT_INTERVAL: '500',
      OTEL_METRIC_EXPORT_TIMEOUT: '500',
    },
    // Without a screen in a separate process group, so that Ctrl-C ends the demo, which then closes the shop. A screen gets
    // Ctrl-C as a key.
    detached: !isOnScreen,
    stdio: isOnScreen ? 'inherit' : ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  if (child.stdout !== null) readLines(child.stdout, updates);
  let isAsked = isOnScreen;
  const ended = once(child, 'close');
  const closed = ended.then(([code, signal]) => {
    if (!isAsked || code !== 0)
      throw new Error(`The shop closed (${signal ?? `exit code ${code}`}):\n${output}`);
  });
  closed.catch(() => undefined); // handled where it is awaited
  // `pg-otel watch` passes it on, however the demo ends.
  const end = () => child.kill('SIGTERM');
  process.once('exit', end);
  child.once('exit', () => process.removeListener('exit', end));

  const url = `http://127.0.0.1:${port}`;
  await Promise.race([answers(url), closed]);
  return {
    url,
    closed,
    async close() {
      isAsked = true;
      end();
      // It is passed on as well, and the shop does not handle it.
      const impatience = setTimeout(() => child.kill('SIGQUIT'), 5_000);
      await closed.finally(() => clearTimeout(impatience));
    },
  };
}

/** Resolves when a server answers. */
async function answers(url) {
  for (;;) {
    const isOpen = await fetch(url).then(
      () => true,
      () => false,
    );
    if (isOpen) return;
    await sleep(50);
  }
}

function readLines(stream, read) {
  let unfinished = '';
  stream.setEncoding('utf8').on('data', (text) => {
    const lines = (unfinished + text).split('\n');
    unfinished = lines.pop();
    for (const line of lines) read(line);
  });
}
