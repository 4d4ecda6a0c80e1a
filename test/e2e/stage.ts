import { haveServers, type ServerName } from '@pg-otel/testkit';

/** Stopped after each test, also if it failed. */
const running: { stop(): Promise<void> }[] = [];

afterEach(async () => {
  for (const server of running.splice(0).reverse()) await server.stop();
});

/** For what a single test starts: it is stopped after the test. */
export async function using<T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> {
  const server = await starting;
  running.push(server);
  return server;
}

/** `describe`, left out where these servers cannot be had. */
export function describeWith(...names: readonly ServerName[]): jest.Describe {
  return haveServers(...names) ? describe : describe.skip;
}
