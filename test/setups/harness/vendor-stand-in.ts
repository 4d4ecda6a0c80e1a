import { once } from 'node:events';
import * as fs from 'node:fs';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { selfSignedCertificate } from '@pg-otel/testkit';

/** Stands in for the servers of Sentry and of Azure Monitor: takes everything, and keeps it. */
export interface VendorStandIn {
  /** What lets an application's SDK send here. */
  readonly env: Readonly<Record<string, string>>;
  /** The names of the spans that were received. */
  names(): string[];
  /** The traces that they are of. */
  traceIds(): Set<string>;
  stop(): void;
}

export async function startVendorStandIn(): Promise<VendorStandIn> {
  const { certificate, key } = await selfSignedCertificate();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pg-otel-vendor-'));
  const authority = path.join(folder, 'certificate.pem');
  fs.writeFileSync(authority, certificate);

  const bodies: string[] = [];
  const server = https.createServer({ cert: certificate, key }, async (request, response) => {
    const body = await buffer(request);
    bodies.push((request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString());
    response
      .writeHead(200, { 'content-type': 'application/json', server: 'pg-otel stand-in' })
      .end('{"itemsReceived":1,"itemsAccepted":1,"errors":[]}');
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
      APPLICATIONINSIGHTS_CONNECTION_STRING: `InstrumentationKey=00000000-0000-0000-0000-000000000000;IngestionEndpoint=https://localhost:${port}/`,
      // Azure's telemetry about itself goes to its own servers.
      APPLICATION_INSIGHTS_NO_STATSBEAT: '1',
    },
    names: () => find(/"(?:description|name|transaction)":"([^"]*)"/g),
    traceIds: () => new Set(find(/"(?:trace_id|ai\.operation\.id)":"([0-9a-f]{32})"/g)),
    stop() {
      server.close();
      server.closeAllConnections();
      fs.rmSync(folder, { recursive: true });
    },
  };
}
