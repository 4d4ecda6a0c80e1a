import type { IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import { createGunzip, createInflate } from 'node:zlib';
import type { ByteShare } from './byte-budget';
import { Refusal } from './refusal';

/** The content codings of the collector that all Node versions support. `zlib` is the collector's second name of `deflate`. */
const decoders = { gzip: createGunzip, deflate: createInflate, zlib: createInflate };

/** A body must arrive within this time, so that slow senders do not hold the byte budget. */
export const BODY_SECONDS = 10;

/**
 * Characters that are counted to limit the time and memory of `JSON.parse`, which depend on the number of objects, lists,
 * fields and elements. Records from the compiled collector configuration have one of them in 12 bytes.
 */
const COUNTED = '{[:,';
const LEAST_BYTES_PER_COUNTED = 10;
const isCounted = Uint8Array.from({ length: 256 }, (_, byte) =>
  COUNTED.includes(String.fromCharCode(byte)) ? 1 : 0,
);

/** The sender was slow or disconnected. Counted separately, because it should not fire an alert. */
export class Incomplete extends Refusal {
  constructor(message: string) {
    super(503, message);
  }
}

/** Rejects OTLP/Protobuf: the compiled collector configuration sends JSON. @throws {Refusal} 415 */
export function requireJson(request: IncomingMessage): void {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type === 'application/json') return;
  throw new Refusal(
    415,
    'content-type must be application/json: set "encoding: json" for the exporter otlp_http of the collector, ' +
      'OTEL_EXPORTER_OTLP_PROTOCOL=http/json for an SDK',
  );
}

/**
 * @throws {Refusal} 413 if the body is too large, as sent or decompressed; 415 or 400 for its encoding; 503 if the bridge
 *   is busy
 * @throws {Incomplete} 503 if the body does not arrive in time, or arrives slowly while the bridge is busy
 */
export async function readBody(
  request: IncomingMessage,
  maxBytes: number,
  share: ByteShare,
  aborted: AbortSignal,
): Promise<Buffer> {
  const coding = request.headers['content-encoding']?.trim().toLowerCase() || 'identity';
  if (coding === 'identity') return collect(request, undefined, maxBytes, share, aborted);
  const decoder = Object.hasOwn(decoders, coding) ? decoders[coding as keyof typeof decoders]() : undefined;
  if (decoder === undefined) {
    throw new Refusal(415, `content-encoding must be one of identity, ${Object.keys(decoders).join(', ')}`);
  }
  return collect(request, decoder, maxBytes, share, aborted);
}

/** Checks the limits while the body arrives and is decompressed. Does not keep the compressed bytes. */
function collect(
  request: IncomingMessage,
  decoder: Transform | undefined,
  maxBytes: number,
  share: ByteShare,
  aborted: AbortSignal,
): Promise<Buffer> {
  const mostCounted = Math.floor(maxBytes / LEAST_BYTES_PER_COUNTED);
  const unpacked = decoder === undefined ? request : request.pipe(decoder);
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let bytes = 0;
    let counted = 0;
    const take = (chunk: Buffer) => {
      bytes += chunk.length;
      for (const byte of chunk) counted += isCounted[byte] as number;
      try {
        if (bytes > maxBytes) throw tooLarge(`${maxBytes} bytes, also after decompression`);
        if (counted > mostCounted)
          throw tooLarge(`${mostCounted} of the characters ${[...COUNTED].join(' ')}`);
        chunks.push(chunk);
        share.add(chunk.length);
      } catch (refusal) {
        refuse(refusal);
      }
    };
    const release = () => {
      clearTimeout(timer);
      aborted.removeEventListener('abort', notArrived);
      unpacked.removeListener('data', take);
      chunks = [];
    };
    const refuse = (refusal: unknown) => {
      release();
      reject(refusal);
      request.unpipe();
      decoder?.destroy();
      // Reads to the end, because a client that is disconnected while it sends does not read the response.
      request.resume();
    };
    const notArrived = () => refuse(new Incomplete('the request did not arrive'));
    const timer = setTimeout(notArrived, BODY_SECONDS * 1000);
    aborted.addEventListener('abort', notArrived);
    share.begin(() => refuse(new Incomplete('the request arrived too slowly while the bridge was busy')));
    unpacked.on('data', take).once('end', () => {
      share.complete();
      const body = Buffer.concat(chunks);
      release();
      resolve(body);
    });
    decoder?.once('error', () => refuse(new Refusal(400, 'the body does not match its content-encoding')));
    request.once('error', notArrived).once('close', () => {
      if (!request.complete) notArrived();
    });
    if (aborted.aborted) notArrived();
  });
}

function tooLarge(limit: string): Refusal {
  return new Refusal(413, `the body must have at most ${limit}`);
}
