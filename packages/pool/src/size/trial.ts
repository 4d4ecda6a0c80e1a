import type { Load } from './load-window';

/** A change of the size whose effect is measured before the next change. */
export interface Trial {
  readonly from: number;
  readonly to: number;
  readonly direction: 'up' | 'down';
  /** The load before the change. */
  readonly before: Load;
  /** The best throughput of this series of changes, which later ones are compared with. */
  readonly bestPerSecond: number;
}

interface Circumstances {
  /** Whether enough ticks have passed to decide what is not clear. */
  readonly isDecided: boolean;
  readonly targetWaitSeconds: number;
}

export type Verdict = 'keep' | 'undo' | 'undecided';

/** Ticks after the change that decide. Clear results are decided in the first. */
export const DECIDING_TICKS = 3;
/** A larger size has to bring this part of what it would bring if the throughput grew with the size, on a log scale. */
const MIN_ELASTICITY = 0.08;
export const CLEAR_ELASTICITY = 0.5;
/** A smaller size may cost this part of the throughput, or of the time from the request to the release. */
export const ACCEPTED_LOSS = 0.03;
export const CLEAR_LOSS = 0.1;
const ACCEPTED_DELAY = 0.05;

/**
 * Whether a change was good. If all connections were in use before and after, the throughput decides, because the
 * arrivals have no influence on it; otherwise the time from the request to the release, if waits are not short anyway.
 */
export function judge(trial: Trial, after: Load, circumstances: Circumstances): Verdict {
  if (after.ticks === 0) return 'undecided';
  return trial.direction === 'up'
    ? judgeUp(trial, after, circumstances)
    : judgeDown(trial, after, circumstances);
}

function judgeUp(trial: Trial, after: Load, { isDecided, targetWaitSeconds }: Circumstances): Verdict {
  if (trial.before.isSaturated && after.isSaturated) {
    const gained = elasticity(trial, after);
    if (gained >= (isDecided ? MIN_ELASTICITY : CLEAR_ELASTICITY)) return 'keep';
    return isDecided || lossOf(trial, after) > CLEAR_LOSS ? 'undo' : 'undecided';
  }
  // If only the larger size is saturated, it is the load that has grown, or the server that is slower.
  if (after.waitSeconds <= targetWaitSeconds || after.isSaturated) return 'keep';
  if (!isDecided) return 'undecided';
  return timeOf(after) <= timeOf(trial.before) ? 'keep' : 'undo';
}

function judgeDown(trial: Trial, after: Load, { isDecided }: Circumstances): Verdict {
  if (trial.before.isSaturated) {
    const loss = lossOf(trial, after);
    if (isDecided) return loss <= ACCEPTED_LOSS ? 'keep' : 'undo';
    return loss > CLEAR_LOSS ? 'undo' : 'undecided';
  }
  if (!isDecided) return 'undecided';
  return timeOf(after) <= timeOf(trial.before) * (1 + ACCEPTED_DELAY) ? 'keep' : 'undo';
}

/** d ln throughput / d ln size: 1 if twice the connections do twice as much, 0 if they do the same. */
export function elasticity({ from, to, before }: Trial, after: Load): number {
  return Math.log(after.perSecond / before.perSecond) / Math.log(to / from);
}

/** The same, where the throughput is that of the arrivals: a use time that falls with the size is congestion. */
export function elasticityOfUse({ from, to, before }: Trial, after: Load): number {
  return 1 - Math.log(after.useSeconds / before.useSeconds) / Math.log(to / from);
}

/** Of the best throughput, the part that was lost. */
export function lossOf({ bestPerSecond }: Trial, after: Load): number {
  return 1 - after.perSecond / bestPerSecond;
}

function timeOf({ waitSeconds, useSeconds }: Load): number {
  return waitSeconds + useSeconds;
}
