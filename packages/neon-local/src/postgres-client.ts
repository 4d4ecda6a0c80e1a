import { Client, type Connection } from 'pg';
import type { Login } from './login';
import type { PostgresAddress } from './postgres-address';

/** A client of pg that logs in with exactly these startup parameters, regardless of PG* variables of this process. */
export class PostgresClient extends Client {
  /** Set by pg; missing in its types. */
  declare readonly connection: Connection;
  declare readonly processID: number;
  declare readonly secretKey: number;
  readonly isEncrypted: boolean;
  readonly #parameters: Login['parameters'];

  constructor(address: Required<PostgresAddress>, login: Login) {
    super({
      ...address,
      user: login.user,
      database: login.parameters['database'] || login.user,
      // A function, because for an empty string pg would use PGPASSWORD or ~/.pgpass.
      password: () => login.password,
    });
    this.isEncrypted = address.ssl !== false;
    this.#parameters = login.parameters;
    // Errors also reject the pending queries and `connect`. Without a listener, the event would end the process.
    this.on('error', () => {});
  }

  /** Replaces the method of pg (client.js), which calls it once when the connection is open. */
  getStartupConf(): Login['parameters'] {
    return this.#parameters;
  }

  /** Closes the connection without waiting for further messages of the server. */
  abandon(): void {
    this.connection.stream.destroy();
  }
}
