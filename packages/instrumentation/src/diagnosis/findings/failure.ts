import type { Finding, SideFailure } from '../contracts';

/** SQLSTATE `too_many_connections`: of the server, the role or the database. The message, which may be translated, shows which. */
const TOO_MANY_CONNECTIONS = '53300';

/** Returns what a question without an answer shows: for example, that the server has no connection slots left. */
export function findingsOfFailure({ phase, reason, code }: SideFailure): Finding[] {
  if (phase === 'connect' && code === TOO_MANY_CONNECTIONS) {
    return [
      {
        kind: 'slots_exhausted',
        certainty: 'proven',
        sentence: 'the server accepts no further connections (server, role or database is at its limit)',
      },
    ];
  }
  if (reason === 'timeout') {
    const sentence =
      phase === 'connect'
        ? 'a second connection to the server cannot be opened either: no answer within 2 s'
        : 'a second connection to the server gets no answer within 2 s either';
    return [{ kind: 'unreachable', certainty: 'proven', sentence }];
  }
  return [];
}
