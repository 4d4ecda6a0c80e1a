import { once } from 'node:events';
import * as net from 'node:net';

/** A TCP proxy in front of a server, which can refuse and cut connections. */
export interface FaultyProxy {
  readonly port: number;
  /** Connections that were accepted so far, also those that were refused afterwards. */
  readonly connections: number;
  /** Resets the next connections before the server has them. */
  refuse(times: number): void;
  /** Resets the open connections. */
  cut(): void;
  stop(): Promise<void>;
}

export async function startFaultyProxy(server: {
  readonly host: string;
  readonly port: number;
}): Promise<FaultyProxy> {
  const open = new Set<net.Socket>();
  let connections = 0;
  let refusals = 0;

  const proxy = net.createServer((client) => {
    connections += 1;
    if (refusals > 0) {
      refusals -= 1;
      client.resetAndDestroy();
      return;
    }
    const upstream = net.connect(server.port, server.host);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        open.delete(from);
        to.destroy();
      });
    }
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');

  return {
    port: (proxy.address() as net.AddressInfo).port,
    get connections() {
      return connections;
    },
    refuse: (times) => {
      refusals = times;
    },
    cut: () => {
      for (const socket of open) socket.resetAndDestroy();
    },
    async stop() {
      for (const socket of open) socket.destroy();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}
