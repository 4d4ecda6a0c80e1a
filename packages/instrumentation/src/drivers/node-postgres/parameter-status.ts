import { clientState } from './client-state';
import type { PgClient } from './pg';

interface ParameterStatus {
  readonly parameterName?: unknown;
  readonly parameterValue?: unknown;
}

/**
 * Follows `standard_conforming_strings`, which the server reports when a connection is set up and whenever it changes
 * (protocol, "Asynchronous Operations"). Neither driver listens to these messages.
 */
export function followParameterStatus(client: PgClient): void {
  const { connection } = client;
  if (connection === undefined) return;
  const state = clientState(client);
  connection.on('parameterStatus', (status?: ParameterStatus) => {
    if (status?.parameterName !== 'standard_conforming_strings') return;
    state.hasStandardStrings = status.parameterValue === 'on';
  });
}
