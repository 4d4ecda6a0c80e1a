import type { ServerProcess } from '@pg-otel/testkit';

/** Kills a server, sees that it is gone, and starts it again: another process, in the same place. */
export async function crashAndRestart(server: ServerProcess<string>): Promise<void> {
  const before = { pid: server.pid, ports: { ...server.ports }, folder: server.folder };
  await server.kill();
  expect(server.pid).toBeUndefined();
  expect(isRunning(before.pid)).toBe(false);
  await server.restart();
  expect({ ports: server.ports, folder: server.folder }).toEqual({
    ports: before.ports,
    folder: before.folder,
  });
  expect(server.pid).not.toBe(before.pid);
  expect(isRunning(server.pid)).toBe(true);
}

export function isRunning(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
}
