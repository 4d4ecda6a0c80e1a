import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Refusal } from './refusal';

/** The source of the bearer token that requests must have. Undefined: no token is required. */
export type TokenSource = { readonly token: string } | { readonly file: string } | undefined;

/** Counted separately, because any client can cause it and it should not fire an alert. */
export class Unauthorized extends Refusal {
  constructor() {
    super(503, 'the bearer token is missing or wrong', { 'www-authenticate': 'Bearer' });
  }
}

/**
 * Requires the bearer token. Answers 503 instead of 401, so that the collector keeps the alerts until its token is
 * corrected.
 *
 * @throws {Unauthorized}
 * @throws {Refusal} 503 if the token file cannot be read or is empty
 */
export async function authorize(request: IncomingMessage, source: TokenSource): Promise<void> {
  if (source === undefined) return;
  const [, given] = request.headers.authorization?.match(/^bearer +(\S+) *$/i) ?? [];
  if (given !== undefined && isEqual(given, await expected(source))) return;
  throw new Unauthorized();
}

/** Reads the file each time, so that the token can change without a restart. */
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
