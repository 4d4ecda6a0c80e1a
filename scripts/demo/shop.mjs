import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { repository } from '../steps/command.mjs';

const command = ['--import', 'pg-otel/register', 'app.js'];

/** The one line that makes the shop observable. */
export const oneLine = ['node', ...command].join(' ');

/**
 * Starts the shop as a separate process, with the one line; `closed` rejects when it ends unexpectedly.
 * Telemetry is sent more often than by default, for people who watch.
 */
export async function openShop(env) {
  const child = spawn(process.execPath, command, {
    cwd: path.join(repository, 'examples', 'shop'),
    env: {
      ...process.env,
      ...env,
      PORT: '0',
      OTEL_SERVICE_NAME: 'shop',
      // The shop depends on this one; others are in the repository for its tests.
      PG_OTEL_INSTRUMENTATIONS: 'http',
      OTEL_BSP_SCHEDULE_DELAY: '250',
      OTEL_BLRP_SCHEDULE_DELAY: '250',
      OTEL_METRIC_EXPORT_INTERVAL: '500',
      OTEL_METRIC_EXPORT_TIMEOUT: '500',
    },
    // In a separate process group, so that Ctrl-C ends the demo, which then closes the shop.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
      child.emit('output');
    });
  }
  let isAsked = false;
  const ended = once(child, 'close');
  const closed = ended.then(([code, signal]) => {
    if (!isAsked || code !== 0)
      throw new Error(`The shop closed (${signal ?? `exit code ${code}`}):\n${output}`);
  });
  closed.catch(() => undefined); // handled where it is awaited
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill); // however the demo ends
  child.once('exit', () => process.removeListener('exit', kill));

  return {
    url: await opened(),
    closed,
    async close() {
      isAsked = true;
      child.kill('SIGTERM');
      const impatience = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await closed.finally(() => clearTimeout(impatience));
    },
  };

  async function opened() {
    for (;;) {
      const url = output.match(/open: (http:\S+)/)?.[1];
      if (url !== undefined) return url;
      await Promise.race([once(child, 'output'), closed]);
    }
  }
}
