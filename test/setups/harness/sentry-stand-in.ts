import { once } from 'node:events';
import * as fs from 'node:fs';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { selfSignedCertificate } from '@pg-otel/testkit';

/** Stands in for the servers of Sentry: takes everything, and keeps it. */
export interface SentryStandIn {
  /** What lets an application's SDK send here. */
  readonly env: Readonly<Record<string, string>>;
  /** The names of the spans that were received. */
  names(): string[];
  /** The traces that they are of. */
  traceIds(): Set<string>;
  stop(): void;
}

export async function startSentryStandIn(): Promise<SentryStandIn> {
  const { certificate, key } = await selfSignedCertificate();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pg-otel-sentry-'));
  const authority = path.join(folder, 'certificate.pem');
  fs.writeFileSync(authority, certificate);

  const bodies: string[] = [];
  const server = https.createServer({ cert: certificate, key }, async (request, response) => {
    const body = await buffer(request);
    bodies.push((request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString());
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const find = (pattern: RegExp) =>
    bodies.flatMap((body) => [...body.matchAll(pattern)].map(([, found]) => found ?? ''));

  return {
    env: {
      NODE_EXTRA_CA_CERTS: authority,
      SENTRY_DSN: `https://key@localhost:${port}/1`,
    },
    names: () => find(/"(?:description|name|transaction)":"([^"]*)"/g),
    traceIds: () => new Set(find(/"trace_id":"([0-9a-f]{32})"/g)),
    stop() {
      server.close();
      server.closeAllConnections();
      fs.rmSync(folder, { recursive: true });
    },
  };
}
