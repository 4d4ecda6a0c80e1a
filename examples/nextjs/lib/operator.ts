import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const globals = globalThis as { operatorPassword?: string };

// The same for instrumentation.ts and the routes, which Next.js bundles separately.
globals.operatorPassword ??= process.env.OPERATOR_PASSWORD ?? randomBytes(9).toString('base64url');

const expected = digest(`operator:${globals.operatorPassword}`);

/** The application's own authorization. Replace it by yours, such as a session. */
export function isOperator(request: Request): boolean {
  const [, credentials = ''] = request.headers.get('authorization')?.match(/^Basic (.+)$/i) ?? [];
  return timingSafeEqual(digest(Buffer.from(credentials, 'base64')), expected);
}

/** A password of the environment is not printed. */
export function shownPassword(): string | undefined {
  return process.env.OPERATOR_PASSWORD === undefined ? globals.operatorPassword : 'as in OPERATOR_PASSWORD';
}

function digest(text: string | Buffer): Buffer {
  return createHash('sha256').update(text).digest();
}
