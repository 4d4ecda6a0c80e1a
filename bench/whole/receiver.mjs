import { once } from 'node:events';
import http from 'node:http';
import { decodeProtobuf } from '@pg-otel/testkit';

/**
 * Receives what the contestants export, in a process other than theirs. Each has its own path: `GET /<contestant>` returns
 * the number of its spans since the last `GET`. Until then, requests are kept as they are, because decoding them costs
 * more than exporting them.
 */
export async function startReceiver() {
  const kept = new Map();
  const server = http.createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const [, contestant, ...path] = request.url.split('/');
      const requests = kept.get(contestant) ?? [];
      if (request.method === 'GET') {
        kept.delete(contestant);
        response.end(String(requests.reduce((sum, body) => sum + spansIn(body), 0)));
        return;
      }
      if (path.join('/') === 'v1/traces' && requests.length < KEPT) {
        kept.set(contestant, [...requests, Buffer.concat(parts)]);
      }
      response.end();
    });
  });
  // Kept until the contestants end: they are idle for longer than Node's 5 s.
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** More than a proof sends, and few enough to forget. */
const KEPT = 100;

function spansIn(body) {
  const { resourceSpans } = decodeProtobuf('traces', body);
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)).length;
}
