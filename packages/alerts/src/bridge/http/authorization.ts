import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import type { BridgeSettings } from '../options';
import { Refusal } from './refusal';

/**
 * Requires the bearer token. Answers 503 instead of 401, so that the collector keeps the alerts until its token is
 * corrected. Counted separately, because any client can cause it and it should not fire an alert.
 *
 * @throws {Refusal} 503, also if the token file cannot be read or is empty
 */
export async function authorize(
  { headers }: IncomingMessage,
  { token, tokenFile }: Pick<BridgeSettings, 'token' | 'tokenFile'>,
): Promise<void> {
  const source = tokenFile ?? token;
  if (source === undefined) return;
  const [, given] = headers.authorization?.match(/^bearer +(\S+) *$/i) ?? [];
  if (given !== undefined) {
    const expected = tokenFile === undefined ? source : await tokenIn(source);
    if (timingSafeEqual(digest(given), digest(expected))) return;
  }
  const headersOfAnswer = { 'www-authenticate': 'Bearer' };
  throw new Refusal(503, 'the bearer token is missing or wrong', headersOfAnswer, 'unauthorized_total');
}

/** Reads the file for each request, so that the token can change without a restart. */
async function tokenIn(file: string): Promise<string> {
  const token = (await readFile(file, 'utf8').catch(() => '')).trim();
  if (token === '') throw new Refusal(503, 'the bridge cannot read its token');
  return token;
}

const digest = (text: string) => createHash('sha256').update(text).digest();
