import type { Chain, Server, Session } from '../answer';
import type { OwnKnowledge } from '../contracts';
import { nameOf } from './session';
import { duration } from './words';

/**
 * Describes a deadlock that contains or blocks an operation; `undefined` if the chain ends with a root.
 *
 * @param wait what the operation waits for
 */
export function deadlockSentence(
  { backend, blockers }: Chain,
  wait: string,
  server: Server,
  own: OwnKnowledge,
): string | undefined {
  const cycle = cycleOf([backend, ...blockers]);
  if (cycle === undefined) return undefined;
  const isOurs = cycle[0] === backend;
  const names = (isOurs ? cycle.slice(1) : cycle).map((session) => nameOf(session, own)).join(' and ');
  if (isOurs)
    return `is in a deadlock with ${names}: the server ends it${after(server)}, by cancelling one of them or by changing the order of a queue`;
  return `${wait}, behind a deadlock of ${names}`;
}

/** The sessions that wait for each other; `undefined` if the chain has a root. */
function cycleOf(chain: readonly Session[]): readonly Session[] | undefined {
  const last = chain.at(-1);
  const start = chain.findIndex(({ pid }) => pid === last?.pid);
  return start < chain.length - 1 ? chain.slice(start, -1) : undefined;
}

function after({ deadlockTimeoutSeconds }: Server): string {
  return deadlockTimeoutSeconds === undefined
    ? ''
    : ` after ${duration(deadlockTimeoutSeconds)} (deadlock_timeout)`;
}
