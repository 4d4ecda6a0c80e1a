import type { ConnectOperation } from '../../operation';
import { isAddress } from '../../target';
import { SetupSteps } from '../setup-steps';
import type { PgClient } from './pg';

/** The server's answers to the startup message that request authentication (pg-protocol parser.js). */
export const CHALLENGES = [
  'authenticationSASL',
  'authenticationMD5Password',
  'authenticationCleartextPassword',
] as const;

/**
 * Follows the setup of a connection by events of pg's Connection and its stream. Other events must not be used: a `data`
 * listener would break pg-copy-streams, a `message` listener duplicates pg's events, and an `error` listener would hide
 * an unhandled error.
 */
export function setupSteps(client: PgClient, operation: ConnectOperation): SetupSteps {
  const { connection } = client;
  const stream = connection?.stream;
  if (connection === undefined || stream === undefined) return new SetupSteps(operation, undefined);

  const { target } = operation;
  const isLookedUp = !target.isUnixSocket && !isAddress(target.address);
  const steps = new SetupSteps(operation, isLookedUp ? 'dns' : 'tcp');
  steps.once(stream, 'lookup', (error) => {
    if (!error) steps.enter('tcp');
  });
  steps.once(stream, 'connect', () => {
    steps.reached(stream);
    // A user's stream may emit no `lookup`: then its time to connect is one phase.
    if (steps.phase === 'dns') steps.rename('tcp');
    steps.enter(client.ssl ? 'tls' : 'startup');
  });
  steps.once(connection, 'sslconnect', () => {
    // Emitted when the handshake starts; the stream is replaced at this point (pg lib/connection.js, upgradeToSSL).
    if (connection.stream !== undefined) {
      steps.once(connection.stream, 'secureConnect', () => steps.enter('startup'));
    }
  });
  for (const challenge of CHALLENGES) steps.once(connection, challenge, () => steps.enter('auth'));
  steps.once(connection, 'authenticationOk', () => steps.enter('ready'));
  steps.once(connection, 'readyForQuery', () => steps.enter(undefined));
  return steps;
}
