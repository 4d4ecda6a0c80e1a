import type { Pool } from 'pg';

/** Requests that each write one row with another id. */
export interface Workload {
  /** Ids of requests that have succeeded, and of those that have failed. */
  readonly succeeded: Set<number>;
  readonly failed: Map<number, unknown>;
  /** Seconds from the first to the last failure. */
  readonly failedFor: number;
  /** Ends when all requests have ended. */
  stop(): Promise<void>;
}

let nextId = 1;

/** Starts callers that write one row after the other into the table `ledger`, which allows duplicates. */
export function startWorkload(pool: Pool, callers: number): Workload {
  const succeeded = new Set<number>();
  const failed = new Map<number, unknown>();
  let isStopped = false;
  let firstFailedAt: number | undefined;
  let lastFailedAt = 0;

  async function call(): Promise<void> {
    while (!isStopped) {
      const id = nextId++;
      try {
        await pool.query('INSERT INTO ledger (id) VALUES ($1)', [id]);
        succeeded.add(id);
      } catch (error) {
        failed.set(id, error);
        firstFailedAt ??= performance.now();
        lastFailedAt = performance.now();
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  const running = Array.from({ length: callers }, call);
  return {
    succeeded,
    failed,
    get failedFor() {
      return firstFailedAt === undefined ? 0 : (lastFailedAt - firstFailedAt) / 1000;
    },
    async stop() {
      isStopped = true;
      await Promise.all(running);
    },
  };
}
