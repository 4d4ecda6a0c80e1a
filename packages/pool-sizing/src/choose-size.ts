import type { ConnectionsNeeded } from './connections-needed';
import type { CpuKnee } from './cpu-knee';
import type { ServerShare } from './server-share';

/** A rule that changed the size, and the new size. The last step decides. */
export type SizeStep =
  /** The connections that the load needs, or one request of a function. */
  | { readonly by: ConnectionsNeeded['by'] | 'request'; readonly connections: number }
  /** The load needs more connections than the server's cores can use. */
  | { readonly by: 'cpu'; readonly connections: number; readonly knee: number }
  /** A size that the environment fixes, or the end of its range. */
  | { readonly by: 'environment' | 'environment-most'; readonly connections: number }
  /** The least size, because the load needs fewer, the cores can use fewer, or the load is unknown. */
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
 * The steps to the size of a pool. The rules apply in this order: need of the load, cores of the server, range of the
 * environment, share of the server's connections. Rules that change nothing are left out.
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
