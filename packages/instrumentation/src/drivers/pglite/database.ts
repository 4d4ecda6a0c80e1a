import { attachment } from '../../attachment';
import { Target } from '../../target';
import type { Execution } from './execution';
import { databaseOf, type PGlite } from './pglite';

/** What is known of an instance of PGlite. It does not refer to the instance. */
export class Database {
  /** The statement that runs: the driver runs one at a time. */
  running: Execution | undefined;
  /** Calls that run or wait, for each of the driver's two mutexes. */
  readonly pending = { transactions: 0, statements: 0 };
  /** The application holds the database for a client, which reports its statements. */
  isLent = false;
  #target: Target | undefined;

  static of(pglite: PGlite): Database {
    const known = databases.get(pglite);
    if (known !== undefined) return known;
    const database = new Database();
    databases.set(pglite, database);
    return database;
  }

  /** The target, which can be read from the instance once the database has started. */
  targetOf(pglite: PGlite): Target {
    if (this.#target !== undefined) return this.#target;
    const target = Target.inProcess(databaseOf(pglite));
    if (pglite.ready === true) this.#target = target;
    return target;
  }
}

const databases = attachment<PGlite, Database>();
