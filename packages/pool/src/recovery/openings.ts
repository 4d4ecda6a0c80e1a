import { bulkhead } from 'cockatiel';

/** How many connections all managed pools of the process open at the same time to recover. */
const AT_A_TIME = 2;

const openings = bulkhead(AT_A_TIME, Number.MAX_SAFE_INTEGER);

/** Runs a connection attempt when fewer than two others run in this process. */
export const inTurn = <Result>(attempt: () => Promise<Result>): Promise<Result> => openings.execute(attempt);
