import type { PostgresServer } from '@pg-otel/testkit';
import type { Client } from 'pg';

/** A statement that runs until the test opens the gate: how long it runs does not depend on the machine. */
export interface Gate {
  /** `SELECT … FROM gate`: one row, once the gate is open. */
  readonly statement: string;
  /** Two rows of 10 kB: the first comes at once, the second once the gate is open. */
  readonly statementOfTwoRows: string;
  /** Resolves when so many statements wait at the gate. */
  waiting(count?: number): Promise<void>;
  open(): Promise<void>;
}

/** Number of the advisory lock that a closed gate holds. */
const LOCK = 4711;

/** Closes a gate; the table `gate` gives its statements a distinct summary. */
export async function closeGate(server: PostgresServer): Promise<Gate> {
  const keeper = new (uninstrumentedClient())({ connectionString: server.url });
  await keeper.connect();
  await keeper.query('CREATE TABLE IF NOT EXISTS gate AS SELECT 1 AS n');
  await keeper.query('SELECT pg_advisory_lock($1)', [LOCK]);
  const statement = `SELECT pg_advisory_xact_lock_shared(${LOCK}) FROM gate`;
  return {
    statement,
    statementOfTwoRows: `SELECT 'x' || repeat('x', 10000) UNION ALL SELECT repeat('x', 10000) FROM (${statement}) AS behind`,
    async waiting(count = 1) {
      let found = -1;
      while (found < count) {
        const { rows } = await keeper.query(
          `SELECT count(*)::int AS n FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND NOT granted`,
          [LOCK],
        );
        found = rows[0].n;
      }
    },
    open: () => keeper.end(),
  };
}

/** The Client of a second copy of pg, which is not instrumented. */
function uninstrumentedClient(): typeof Client {
  let copy: typeof Client | undefined;
  jest.isolateModules(() => {
    copy = (require('pg') as typeof import('pg')).Client;
  });
  return copy as typeof Client;
}
