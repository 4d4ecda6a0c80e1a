import { once } from 'node:events';
import * as fs from 'node:fs';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { selfSignedCertificate } from '@pg-otel/testkit';

/** Stands in for the servers of a vendor: accepts everything, and keeps it. */
export interface VendorStandIn {
  /** `localhost:<port>`, by HTTPS: the SDKs of vendors do not send over HTTP. */
  readonly host: string;
  /** Makes the application trust the certificate. */
  readonly env: Readonly<Record<string, string>>;
  /** What was received, each request as text. */
  bodies(): readonly string[];
  stop(): void;
}

/** @param answer the body of every answer */
export async function startVendorStandIn(answer: object = {}): Promise<VendorStandIn> {
  const { certificate, key } = await selfSignedCertificate();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pg-otel-vendor-'));
  const authority = path.join(folder, 'certificate.pem');
  fs.writeFileSync(authority, certificate);

  const bodies: string[] = [];
  const server = https.createServer({ cert: certificate, key }, async (request, response) => {
    const body = await buffer(request);
    bodies.push((request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString());
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    host: `localhost:${(server.address() as AddressInfo).port}`,
    env: { NODE_EXTRA_CA_CERTS: authority },
    bodies: () => bodies,
    stop() {
      server.close();
      server.closeAllConnections();
      fs.rmSync(folder, { recursive: true });
    },
  };
}
