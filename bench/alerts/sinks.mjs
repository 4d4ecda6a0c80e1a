// What the collector delivers to: take everything, at next to no cost.
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';

const EMPTY_MESSAGE = Buffer.alloc(5);
/** Larger than a request: a sender need not wait for leave to go on. */
const WINDOW_BYTES = 16 * 1024 * 1024;

/** A store of traces, by gRPC, and a bridge; `{ traces, alerts }` are ports. */
export async function startSinks() {
  const traces = http2.createServer({ settings: { initialWindowSize: WINDOW_BYTES } });
  traces.on('session', (session) => {
    session.setLocalWindowSize(WINDOW_BYTES);
    // The collector is killed with requests on their way.
    session.on('error', () => {});
  });
  traces.on('stream', (stream) => {
    stream.on('error', () => {});
    stream.resume().once('end', () => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(EMPTY_MESSAGE);
    });
  });
  const delivered = { requests: 0 };
  const alerts = http.createServer((request, response) => {
    request.on('error', () => {});
    request.resume().once('end', () => {
      delivered.requests++;
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  const ports = {};
  for (const [name, server] of Object.entries({ traces, alerts })) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ports[name] = server.address().port;
  }
  return { ports, delivered };
}
