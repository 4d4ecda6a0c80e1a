import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';
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
export const cli = path.join(installationFolder(installation), 'node_modules/pg-otel/dist/cli/main.js');

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

/** A server on a free port. */
export async function serve(listener: RequestListener = () => {}) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, close: () => server.close() };
}
