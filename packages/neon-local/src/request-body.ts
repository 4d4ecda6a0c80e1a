import type { IncomingMessage } from 'node:http';
import { EndpointError } from './endpoint-error';

/** @throws {EndpointError} 413 above the limit */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let size = 0;
    // The body is always read to the end: a client that is disconnected while it sends does not see the response.
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) {
        chunks.push(chunk);
        return;
      }
      chunks = [];
      reject(new EndpointError(413, `request is too large (max is ${maxBytes} bytes)`));
    });
    request.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    request.once('error', reject);
  });
}
