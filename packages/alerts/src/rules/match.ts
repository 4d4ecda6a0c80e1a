import type { Match } from './rule';

/** Whether it is of what no override is for: the last variant of a rule. */
export function isForAll(match: Match): boolean {
  return Object.values(match).every((value) => value === undefined);
}
