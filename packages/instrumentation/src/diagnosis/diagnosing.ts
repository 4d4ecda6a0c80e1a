import type { PgClient } from '../drivers/node-postgres/pg';
import { sessionOf } from '../drivers/node-postgres/session';
import type { Diagnoser, DiagnoserEnvironment, SlowQuery } from '../platform';
import { logInternalError } from '../warnings';
import type { Diagnosis } from './contracts';
import { Database } from './database';

/** Asks the servers of this process why queries are slow. Each database is asked over a separate connection. */
export class Diagnosing implements Diagnoser {
  readonly #environment: DiagnoserEnvironment;
  readonly #databases = new Map<string, Database>();

  constructor(environment: DiagnoserEnvironment) {
    this.#environment = environment;
  }

  ask(query: SlowQuery, isOldest: boolean, report: (diagnosis: Diagnosis) => void): void {
    const client = query.client as PgClient | undefined;
    const session = client && sessionOf(client);
    if (session === undefined) return;
    const { key, serverKey } = session;
    let database = this.#databases.get(key);
    if (database === undefined) {
      database = new Database(serverKey, this.#environment, () => this.#databases.delete(key));
      this.#databases.set(key, database);
    }
    database.ask({
      query,
      isOldest,
      report(diagnosis) {
        try {
          if (!query.hasEnded) report(diagnosis);
        } catch (error) {
          logInternalError('the diagnosis of slow operations', error);
        }
      },
    });
  }
}
