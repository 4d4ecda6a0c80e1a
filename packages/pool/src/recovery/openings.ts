import { type BulkheadPolicy, bulkhead } from 'cockatiel';

/** How many connections all managed pools of the process open to one server at the same time to recover. */
const AT_A_TIME = 2;

const openings = new Map<string, BulkheadPolicy>();

/**
 * Runs a connection attempt when fewer than two others to the same server run in this process. Each server has its own
 * turns: attempts to one that does not answer last for the whole timeout.
 */
export async function inTurn<Result>(server: string, attempt: () => Promise<Result>): Promise<Result> {
  const turns = openings.get(server) ?? bulkhead(AT_A_TIME, Number.MAX_SAFE_INTEGER);
  openings.set(server, turns);
  try {
    return await turns.execute(attempt);
  } finally {
    if (turns.executionSlots === AT_A_TIME) openings.delete(server);
  }
}
