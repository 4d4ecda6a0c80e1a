import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const { OPERATOR_PASSWORD } = process.env;
const password = OPERATOR_PASSWORD ?? randomBytes(9).toString('base64url');

export const operator = {
  name: 'operator',
  /** A password of the environment is not printed. */
  shownPassword: OPERATOR_PASSWORD === undefined ? password : 'as in OPERATOR_PASSWORD',
};

const expected = digest(`${operator.name}:${password}`);

/** The application's own authorization. Replace it by yours: sessions, OpenID Connect, a proxy. */
export function requireOperator(request, response, next) {
  const [, credentials = ''] = request.get('authorization')?.match(/^Basic (.+)$/i) ?? [];
  if (timingSafeEqual(digest(Buffer.from(credentials, 'base64')), expected)) {
    request.operator = operator.name;
    return next();
  }
  response.status(401).set('WWW-Authenticate', 'Basic realm="operators"').end();
}

function digest(text) {
  return createHash('sha256').update(text).digest();
}
