import { once } from 'node:events';
import * as net from 'node:net';

/** A network between a pool and its server, with faults on request. */
export interface FaultyNetwork {
  readonly port: number;
  /** The port that new connections reach. */
  target: number;
  /** Bytes in both directions wait, and new connections get no answer. Returns what lets all of them go on. */
  stall(): () => void;
  /** Bytes in both directions are lost, of all connections that are open now. */
  drop(): void;
  /** Ends all connections with a TCP reset. */
  reset(): void;
  stop(): Promise<void>;
}

interface Link {
  readonly client: net.Socket;
  readonly server: net.Socket;
}

export async function startFaultyNetwork(target: number): Promise<FaultyNetwork> {
  const links = new Set<Link>();
  let isStalled = false;

  const listener = net.createServer((client) => {
    const link = { client, server: net.connect(network.target, '127.0.0.1') };
    links.add(link);
    const { server } = link;
    client.pipe(server);
    server.pipe(client);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        other.destroy();
        links.delete(link);
      });
    }
    if (isStalled) stallLink(link);
  });

  const stallLink = ({ client, server }: Link) => {
    client.unpipe(server).pause();
    server.unpipe(client).pause();
  };

  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const network: FaultyNetwork = {
    port: (listener.address() as net.AddressInfo).port,
    target,
    stall() {
      isStalled = true;
      for (const link of links) stallLink(link);
      return () => {
        isStalled = false;
        for (const { client, server } of links) {
          client.pipe(server);
          server.pipe(client);
        }
      };
    },
    drop() {
      for (const { client, server } of links) {
        client.unpipe(server).resume();
        server.unpipe(client).resume();
      }
    },
    reset() {
      for (const { client, server } of links) {
        client.resetAndDestroy();
        server.destroy();
      }
    },
    async stop() {
      for (const { client } of links) client.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
  return network;
}
