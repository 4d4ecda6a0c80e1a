import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Refusal } from './refusal';

/** Where the bearer token that requests must have comes from; undefined: they need none. */
export type TokenSource = { readonly token: string } | { readonly file: string } | undefined;

/** Anybody can cause it, so it is not counted with what is to be alerted on. */
export class Unauthorized extends Refusal {
  constructor() {
    super(503, 'the bearer token is missing or wrong', { 'www-authenticate': 'Bearer' });
  }
}

/**
 * 503, where 401 might be expected: to the collector 401 means to drop what it sent. A wrong token heals, when the
 * other side has the new one, and until then the alerts wait there.
 *
 * @throws {Unauthorized}
 * @throws {Refusal} 503 when there is no token to compare with
 */
export async function authorize(request: IncomingMessage, source: TokenSource): Promise<void> {
  if (source === undefined) return;
  const [, given] = request.headers.authorization?.match(/^bearer +(\S+) *$/i) ?? [];
  if (given !== undefined && isEqual(given, await expected(source))) return;
  throw new Unauthorized();
}

/** A file is read each time, so that a token is changed without a restart. */
async function expected(source: NonNullable<TokenSource>): Promise<string> {
  if ('token' in source) return source.token;
  const token = await readFile(source.file, 'utf8').then(
    (text) => text.trim(),
    () => '',
  );
  if (token === '') throw new Refusal(503, 'the bridge cannot read its token');
  return token;
}

function isEqual(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
