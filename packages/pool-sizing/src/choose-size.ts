import type { ConnectionsNeeded } from './connections-needed';
import type { CpuKnee } from './cpu-knee';
import type { ServerShare } from './server-share';

/** A rule that set the size, and the size it set. Later steps win. */
export type SizeStep =
  /** What the load needs, or one request of a function. */
  | { readonly by: ConnectionsNeeded['by'] | 'request'; readonly connections: number }
  /** More connections than the server's cores can use. */
  | { readonly by: 'cpu'; readonly connections: number; readonly knee: number }
  /** A size that the environment fixes, or the end of its range. */
  | { readonly by: 'environment' | 'environment-most'; readonly connections: number }
  /** `because` of a smaller need, of too few cores, or of a load that is not known. */
  | {
      readonly by: 'environment-least';
      readonly connections: number;
      readonly because: 'need' | 'cores' | 'unknown load';
    }
  /** The share of what the server or the pooler accepts. */
  | { readonly by: 'server'; readonly connections: number; readonly insteadOf: number };

export type NeededStep = Extract<SizeStep, { readonly by: 'wait' | 'utilisation' | 'request' }>;

export interface SizeRange {
  readonly least: number;
  readonly most: number;
}

/**
 * The steps to the size of a pool: what the load needs, then the cores, then the range of the environment, and last the
 * share of the server. A rule that changes nothing is no step. The last step has the size.
 */
export function chooseSize(
  needed: NeededStep | undefined,
  knee: CpuKnee | undefined,
  range: SizeRange,
  { share }: ServerShare,
): readonly [SizeStep, ...SizeStep[]] {
  const byLoad: SizeStep[] = needed === undefined ? [] : [needed];
  if (needed !== undefined && knee !== undefined && needed.connections > knee.ceiling) {
    byLoad.push({ by: 'cpu', connections: knee.ceiling, knee: knee.connections });
  }
  const steps = withinRange(byLoad, range);
  const wanted = (steps.at(-1) as SizeStep).connections;
  if (share !== undefined && wanted > share) {
    return [...steps, { by: 'server', connections: share, insteadOf: wanted }];
  }
  return steps;
}

function withinRange(
  steps: readonly SizeStep[],
  { least, most }: SizeRange,
): readonly [SizeStep, ...SizeStep[]] {
  const [first, ...others] = steps;
  if (first === undefined) {
    return least === most
      ? [{ by: 'environment', connections: least }]
      : [{ by: 'environment-least', connections: least, because: 'unknown load' }];
  }
  if (least === most) return [first, ...others, { by: 'environment', connections: least }];
  const last = others.at(-1) ?? first;
  if (last.connections < least) {
    const because = last.by === 'cpu' && first.connections >= least ? 'cores' : 'need';
    return [first, ...others, { by: 'environment-least', connections: least, because }];
  }
  if (last.connections > most) {
    return [first, ...others, { by: 'environment-most', connections: most }];
  }
  return [first, ...others];
}
