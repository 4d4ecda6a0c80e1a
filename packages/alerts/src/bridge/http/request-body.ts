import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import { Refusal } from './refusal';

const inflated = promisify(inflate);
/** Content codings, those of the collector's that Node has in every version; it calls `deflate` also `zlib`. */
const decoders = { gzip: promisify(gunzip), deflate: inflated, zlib: inflated };

/** @throws {Refusal} 413 over the limit, as sent or as meant; 415, 400, or 503 when it does not arrive in time */
export async function readBody(
  request: IncomingMessage,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Buffer> {
  const coding = request.headers['content-encoding']?.trim().toLowerCase() || 'identity';
  if (coding === 'identity') return receive(request, maxBytes, signal);
  const decode = Object.hasOwn(decoders, coding) ? decoders[coding as keyof typeof decoders] : undefined;
  if (decode === undefined) {
    throw new Refusal(415, `content-encoding must be one of identity, ${Object.keys(decoders).join(', ')}`);
  }
  const sent = await receive(request, maxBytes, signal);
  try {
    return await decode(sent, { maxOutputLength: maxBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes);
    throw new Refusal(400, `the body is not ${coding}`);
  }
}

function receive(request: IncomingMessage, maxBytes: number, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let size = 0;
    // Read to its end in any case: a client that is cut off while it sends does not see the answer.
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) {
        chunks.push(chunk);
        return;
      }
      chunks = [];
      reject(tooLarge(maxBytes));
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    const broken = () => reject(new Refusal(503, 'the request did not arrive'));
    request.once('error', broken);
    request.once('close', broken);
    signal.addEventListener('abort', broken, { once: true });
  });
}

function tooLarge(maxBytes: number): Refusal {
  return new Refusal(413, `the body must be at most ${maxBytes} bytes, also when unpacked`);
}
