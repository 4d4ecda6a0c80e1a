import type { IncomingHttpHeaders } from 'node:http';
import { EndpointError, wrongPassword } from './endpoint-error';
import { handedOn, type Login } from './login';
import type { RolePasswords } from './role-passwords';

/**
 * The login of a request, from `Neon-Connection-String` and `Authorization` (http_util.rs, get_conn_info). A bearer
 * token replaces the password of the URL.
 *
 * @throws {EndpointError} 400, without the connection string in the message
 */
export function readLogin(headers: IncomingHttpHeaders, rolePasswords: RolePasswords): Login {
  const text = headers['neon-connection-string'];
  if (typeof text !== 'string') throw new EndpointError(400, 'invalid header: neon-connection-string');
  if (!URL.canParse(text)) throw new EndpointError(400, 'invalid connection string: not a URL');
  const url = new URL(text);
  if (!/^postgres(ql)?:$/.test(url.protocol)) throw new EndpointError(400, 'incorrect scheme');
  const user = decode(url.username, 'invalid username');
  if (user === '') throw new EndpointError(400, 'missing username');
  const database = decode(url.pathname.split('/')[1] ?? '', 'invalid database name');
  const password = decode(url.password, 'invalid password');
  const bearer = bearerToken(headers.authorization);
  if (password === '' && bearer === undefined) {
    throw new EndpointError(400, 'missing authentication credentials: required password');
  }
  if (url.hostname === '') throw new EndpointError(400, 'missing hostname');
  const parameters = [...url.searchParams, ['user', user], ['database', database]] as const;
  // In the protocol, a zero byte ends a string. The rest would become further startup parameters.
  if (parameters.flat().some((part) => part.includes('\0'))) {
    throw new EndpointError(400, 'invalid connection string: it contains NUL');
  }
  // Passwords in Postgres cannot contain a zero byte.
  if (password.includes('\0')) throw wrongPassword(user);
  const checked = rolePasswords.check(user, password === '' ? { token: bearer ?? '' } : { password });
  if (checked === undefined) throw wrongPassword(user);
  // Neon's proxy forwards only the first two.
  return { user, password: checked, parameters: handedOn(parameters) };
}

function bearerToken(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined;
  const token = authorization.match(/^Bearer (.+)$/)?.[1];
  if (token !== undefined) return token;
  throw new EndpointError(
    400,
    'missing authentication credentials: required authorization bearer token in JWT format',
  );
}

function decode(text: string, problem: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new EndpointError(400, problem);
  }
}
