import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Refusal } from './refusal';

/** Where the bearer token of requests comes from. Undefined: no token is required. */
export type TokenSource = { readonly token: string } | { readonly file: string } | undefined;

/** Anybody can cause it, so it is counted separately from what should alert. */
export class Unauthorized extends Refusal {
  constructor() {
    super(503, 'the bearer token is missing or wrong', { 'www-authenticate': 'Bearer' });
  }
}

/**
 * Requires the bearer token. The status is 503: with 401, the collector would drop the alerts. It keeps them until its
 * token is corrected.
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

/** The file is read each time, so that the token can change without a restart. */
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
