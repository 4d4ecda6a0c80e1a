import { once } from 'node:events';
import * as net from 'node:net';

/** A network between a pool and its server, with faults on request. */
export interface FaultyNetwork {
  readonly port: number;
  /** Connections that were accepted so far, also those that were refused afterwards. */
  readonly connections: number;
  /** The port that new connections reach. */
  target: number;
  /** Resets the next connections before the server has them. */
  refuse(times: number): void;
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
  let connections = 0;
  let refusals = 0;

  const listener = net.createServer((client) => {
    connections += 1;
    if (refusals > 0) {
      refusals -= 1;
      client.resetAndDestroy();
      return;
    }
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
    get connections() {
      return connections;
    },
    refuse(times) {
      refusals = times;
    },
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
        server.resetAndDestroy();
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
