import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';
import { promisify } from 'node:util';
import {
  type FixtureResult,
  installationFolder,
  placeInInstallation,
  type RunningFixture,
  removePlaced,
  repository,
  startFixture,
} from '@pg-otel/testkit';
import { postgres } from '@pg-otel/testkit/stage';

export const installation = 'otel-2';
/** The command line as it is installed. */
const cli = path.join(installationFolder(installation), 'node_modules/pg-otel/dist/cli/main.js');

/** Programs in an application folder that has pg-otel installed. */
export let folder: string;
beforeAll(() => {
  folder = placeInInstallation(
    installation,
    path.join(repository, 'packages/pg-otel/test/cli/watched-programs'),
  );
});
afterAll(() => removePlaced());

type Environment = Readonly<Record<string, string>>;

/** Starts `pg-otel watch` there. */
export const startWatch = (args: readonly string[], env: Environment = {}): RunningFixture =>
  startFixture({ installation, folder, command: [cli, 'watch'], args, env: { ...postgres.env, ...env } });

export const watch = (args: readonly string[], env?: Environment): Promise<FixtureResult> =>
  startWatch(args, env).ended;

export const jsonLines = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

/** `script` runs a command on a pseudo-terminal. Elsewhere, it has other options. */
export const itOnTerminal = process.platform === 'linux' ? it : it.skip;

/**
 * Runs `pg-otel watch` on a pseudo-terminal, and presses q when a text is shown. Returns what the terminal received; the last
 * line is the exit code.
 */
export async function watchOnTerminal(
  args: string,
  { columns, rows, until }: { columns: number; rows: number; until: string },
): Promise<string> {
  const received = path.join(folder, `${randomUUID()}.typescript`);
  const command = `stty cols ${columns} rows ${rows}; "$NODE" "$CLI" watch ${args}; echo "exit $?"`;
  const terminal = `
    shows() { until grep -qF "$1" "$RECEIVED" 2>/dev/null; do sleep 0.1; done; }
    { shows "$UNTIL"; printf q; shows 'exit '; } | script -qfc "$COMMAND" "$RECEIVED"`;
  const env = {
    ...process.env,
    ...postgres.env,
    NO_COLOR: '1',
    NODE: process.execPath,
    CLI: cli,
    COMMAND: command,
    RECEIVED: received,
    UNTIL: until,
  };
  const { stdout } = await promisify(execFile)('sh', ['-c', terminal], { cwd: folder, env });
  return stdout;
}

/** A server on a free port. */
export async function serve(listener: RequestListener = () => {}) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, close: () => server.close() };
}
