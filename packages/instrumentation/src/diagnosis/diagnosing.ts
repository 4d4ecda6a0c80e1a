import { sessionOf } from '../drivers/any-client';
import type { Diagnoser, Question, Timers } from '../platform';
import { Database } from './database';

/**
 * Connections for questions at the same time. An application with a database per tenant has many, and each connection takes
 * one that the server has for the application.
 */
const MAX_CONNECTIONS = 10;

/** Asks the servers of this process why queries are slow. Each database is asked over a separate connection. */
export class Diagnosing implements Diagnoser {
  readonly #timers: Timers;
  readonly #databases = new Map<string, Database>();

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  ask(question: Question): void {
    const { client } = question.query;
    const session = client && sessionOf(client);
    if (session === undefined) return;
    const { key } = session;
    let database = this.#databases.get(key);
    if (database === undefined) {
      database = new Database(session, this.#timers, () => this.#databases.delete(key));
      this.#databases.set(key, database);
    }
    if (database.isConnected || this.#makeRoom()) database.ask(question);
    else
      question.report({
        findings: [],
        unavailable: `${MAX_CONNECTIONS} other databases are asked at this time`,
      });
  }

  /** Returns whether one more connection may be opened. Closes one that is not in use, if necessary. */
  #makeRoom(): boolean {
    const connected = [...this.#databases.values()].filter(({ isConnected }) => isConnected);
    if (connected.length < MAX_CONNECTIONS) return true;
    const unused = connected.find(({ isBusy }) => !isBusy);
    unused?.close();
    return unused !== undefined;
  }
}
