import { once } from 'node:events';
import net from 'node:net';

/** A network in front of a server, which refuses connections while it is down. */
export async function startNetwork(serverPort) {
  const sockets = new Set();
  const listener = net.createServer((client) => {
    const server = net.connect(serverPort, '127.0.0.1');
    client.pipe(server).pipe(client);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ]) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        other.destroy();
        sockets.delete(socket);
      });
    }
  });
  const listen = (port) => once(listener.listen(port, '127.0.0.1'), 'listening');
  await listen(0);
  const { port } = listener.address();

  return {
    port,
    up: () => listen(port),
    /** Ends all connections, and refuses new ones. */
    async down() {
      const closed = once(listener, 'close');
      listener.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
