import { guarded } from '../guarded';
import { clientState } from './client-state';
import type { PgClient } from './pg';

interface ParameterStatus {
  readonly parameterName?: unknown;
  readonly parameterValue?: unknown;
}

/**
 * Reads `standard_conforming_strings`, which the server reports while it sets up a connection (protocol, "Start-up").
 * The server reports later changes as well, but a permanent listener would be visible to the application. Instead, a
 * statement that may change the setting makes it unknown.
 *
 * @returns a function that removes the listener
 */
export function readParameterStatus(client: PgClient): (() => void) | undefined {
  const { connection } = client;
  if (connection === undefined) return undefined;
  const state = clientState(client);
  const listener = (status?: ParameterStatus): void => {
    if (status?.parameterName !== 'standard_conforming_strings') return;
    state.hasStandardStrings = status.parameterValue === 'on';
  };
  connection.on('parameterStatus', listener);
  return () =>
    guarded('the settings of a connection', () => connection.removeListener('parameterStatus', listener));
}
