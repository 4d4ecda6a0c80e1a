import type { IncomingMessage } from 'node:http';
import { finished, PassThrough } from 'node:stream';
import { createGunzip, createInflate } from 'node:zlib';
import { Refusal } from './refusal';
import type { RequestBudget } from './request-budget';

/** The content codings of the collector that all Node versions support. `zlib` is the collector's second name of `deflate`. */
const decoders = new Map([
  ['identity', () => new PassThrough()],
  ['gzip', createGunzip],
  ['deflate', createInflate],
  ['zlib', createInflate],
]);

/** A body must arrive within this time, so that slow senders do not hold the budget. */
export const BODY_SECONDS = 10;

/**
 * Characters that are counted to limit the time and memory of `JSON.parse`, which depend on the number of objects, lists,
 * fields and elements. Records from the compiled collector configuration have one of them in 12 bytes.
 */
const COUNTED = '{[:,';
const MIN_BYTES_PER_COUNTED = 10;
const isCounted = new Uint8Array(256);
for (const byte of Buffer.from(COUNTED)) isCounted[byte] = 1;

/** Rejects OTLP/Protobuf: the compiled collector configuration sends JSON. @throws {Refusal} 415 */
export function requireJson({ headers }: IncomingMessage): void {
  if (/^\s*application\/json\s*(;|$)/i.test(headers['content-type'] ?? '')) return;
  throw new Refusal(
    415,
    'content-type must be application/json: set "encoding: json" for the exporter otlp_http of the collector, ' +
      'OTEL_EXPORTER_OTLP_PROTOCOL=http/json for an SDK',
  );
}

/**
 * Checks the limits while the body arrives and is decompressed. Does not keep the compressed bytes.
 *
 * @throws {Refusal} 413 if the body is too large, as sent or decompressed; 415 or 400 for its encoding; 503 if the bridge
 *   is busy, or the body does not arrive in time, or arrives slowly while the bridge is busy
 */
export async function readBody(
  request: IncomingMessage,
  maxBytes: number,
  budget: RequestBudget,
  aborted: AbortSignal,
): Promise<Buffer> {
  const decoder = decoders.get(request.headers['content-encoding']?.trim().toLowerCase() || 'identity')?.();
  if (decoder === undefined) {
    throw new Refusal(415, `content-encoding must be one of ${[...decoders.keys()].join(', ')}`);
  }
  // Counted separately, because any client can be slow or disconnect, and that should not fire an alert.
  const giveUp = (message: string) => decoder.destroy(new Refusal(503, message, {}, 'incomplete_total'));
  const notArrived = () => giveUp('the request did not arrive');
  budget.begin(request, () => giveUp('the request arrived too slowly while the bridge was busy'));
  // The loop throws the error, too. Without a listener, an error after the loop would end the process.
  decoder.on('error', () => undefined);
  const timer = setTimeout(notArrived, BODY_SECONDS * 1000);
  aborted.addEventListener('abort', notArrived);
  if (aborted.aborted) notArrived();
  finished(request, (error) => error && notArrived());
  const maxCounted = Math.floor(maxBytes / MIN_BYTES_PER_COUNTED);
  const chunks: Buffer[] = [];
  let bytes = 0;
  let counted = 0;
  try {
    for await (const chunk of request.pipe(decoder) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      for (const byte of chunk) counted += isCounted[byte] as number;
      if (bytes > maxBytes) throw tooLarge(`${maxBytes} bytes, also after decompression`);
      if (counted > maxCounted) throw tooLarge(`${maxCounted} of the characters ${[...COUNTED].join(' ')}`);
      budget.add(request, chunk.length);
      chunks.push(chunk);
    }
    budget.complete(request);
    return Buffer.concat(chunks);
  } catch (error) {
    const isOfZlib = (error as NodeJS.ErrnoException).code?.startsWith('Z_');
    throw isOfZlib ? new Refusal(400, 'the body does not match its content-encoding') : error;
  } finally {
    clearTimeout(timer);
    // Reads to the end, because a client that is disconnected while it sends does not read the response.
    request.unpipe().resume();
  }
}

const tooLarge = (limit: string) => new Refusal(413, `the body must have at most ${limit}`);
