import { LoadHistory } from './load-history';
import type { LoadSample } from './load-meter';
import type { Load } from './load-window';
import { milliseconds, type Resize, type ResizeReason } from './resize';
import { type Range, rangeOf, type SizeBounds } from './size-bounds';
import {
  ACCEPTED_LOSS,
  CLEAR_ELASTICITY,
  CLEAR_LOSS,
  DECIDING_TICKS,
  elasticity,
  elasticityOfUse,
  judge,
  lossOf,
  type Trial,
} from './trial';

const DEFAULT_TARGET_WAIT_SECONDS = 0.025;
const MAX_GROWTH = 2;
/**
 * Use time / baseline. Beyond the knee, the use time grows with the size, so three times the baseline is three times the
 * knee, where all measured work is within 5 % of its best throughput (docs/explanation/pool-management.md).
 */
const CONGESTED = 3;
const OVERLOADED = 4;
/** Between the two the size stays. */
const RIGHT = 3.5;
/** Up to this the server has shown no congestion, and the size may grow by any factor. */
const UNCONGESTED = CONGESTED / MAX_GROWTH;
/** A step where the use time is above the limit, but may be so for another reason. */
const PROBE = 1.25;
const BACK_OFF = 0.8;
/** Utilisation below which a size is neither the reason of congestion nor needed. */
const BUSY = 0.5;
/** Of a larger step that brought nothing, half is tried. */
const LARGE_STEP = 1.4;
const BEFORE_TICKS = 4;
const MIN_TICK_SECONDS = 0.1;
const IDLE_TICKS = 60;
const SHRINK_MILLIS = 30_000;
/** A step is undone this long after the last turn at the earliest, unless it loses much throughput. */
const TURN_MILLIS = 30_000;
/** Other advice, and the same advice, is not repeated sooner. */
const OTHER_ADVICE_MILLIS = 30_000;
const SAME_ADVICE_MILLIS = 600_000;
/** A fleet changes its sizes together, at whole multiples of this time: one pool alone would measure the others' load. */
const FLEET_STEP_MILLIS = 10_000;

/**
 * Decides the size of a pool, once per tick. The size grows while requests wait and the use time is below three times
 * its baseline, and is lowered while the use time shows that the server is congested. The effect of each step is
 * measured before the next one: a step that was no gain is undone, and corrects the baseline. An idle pool shrinks
 * slowly. The class has no clock and reads nothing but its arguments.
 */
export class SizeController {
  readonly #targetWaitSeconds: number;
  readonly #history: LoadHistory;
  #size: number | undefined;
  #trial: Trial | undefined;
  /** The best throughput of a series of decreases, which goes on until one of them loses throughput. */
  #backOffBest: number | undefined;
  #last: Resize | undefined;
  #decidedAt = Number.NEGATIVE_INFINITY;
  #changedAt = Number.NEGATIVE_INFINITY;
  #turnedAt = Number.NEGATIVE_INFINITY;
  #direction: Trial['direction'] | undefined;

  constructor({ targetWaitSeconds = DEFAULT_TARGET_WAIT_SECONDS }: { targetWaitSeconds?: number } = {}) {
    this.#targetWaitSeconds = targetWaitSeconds;
    this.#history = new LoadHistory(targetWaitSeconds);
  }

  /**
   * @param nowMillis of the wall clock, which the processes of a fleet have in common
   * @returns a change of the size; undefined if it stays. It is advice until a sample has the size.
   */
  decide(sample: LoadSample, bounds: SizeBounds, nowMillis: number): Resize | undefined {
    if (sample.max !== this.#size) this.#sizeChanged(sample.max, nowMillis);
    if (isMeasured(sample)) this.#history.record(sample, nowMillis);
    const resize = this.#next(sample, rangeOf(bounds), nowMillis);
    if (resize === undefined || this.#isRepeated(resize, nowMillis)) return undefined;
    this.#last = resize;
    this.#decidedAt = nowMillis;
    return resize;
  }

  #isRepeated({ from, to }: Resize, nowMillis: number): boolean {
    if (from !== this.#last?.from) return false;
    const pause = to === this.#last.to ? SAME_ADVICE_MILLIS : OTHER_ADVICE_MILLIS;
    return nowMillis - this.#decidedAt < pause;
  }

  #sizeChanged(size: number, nowMillis: number): void {
    const wasDecided = this.#last?.to === size && this.#last.from === this.#size;
    if (!wasDecided) {
      this.#trial = undefined;
      this.#backOffBest = undefined;
    }
    if (this.#size !== undefined) {
      const direction = size > this.#size ? 'up' : 'down';
      if (this.#direction !== undefined && direction !== this.#direction) this.#turnedAt = nowMillis;
      this.#direction = direction;
      this.#changedAt = nowMillis;
    }
    // A window of a shrinking pool stays: it shows the load, which does not depend on the unused connections.
    if (this.#last?.reason !== 'idle' || !wasDecided) {
      this.#history.restart();
    }
    this.#size = size;
  }

  #next(sample: LoadSample, range: Range, nowMillis: number): Resize | undefined {
    const size = sample.max;
    if (size > range.most) return this.#resize(sample, range.most, range.boundBy, tooLarge(range));
    if (size < range.least) return this.#resize(sample, range.least, 'bounds', `min is ${range.least}`);
    if (!isMeasured(sample)) return undefined;
    if (this.#trial?.to === size) return this.#judged(this.#trial, sample, nowMillis);
    if (this.#backOffBest !== undefined) return this.#backedOff(sample, range, nowMillis);
    return (
      this.#grown(sample, range, nowMillis) ??
      this.#backedOff(sample, range, nowMillis) ??
      this.#shrunk(sample, range, nowMillis)
    );
  }

  #grown(sample: LoadSample, range: Range, nowMillis: number): Resize | undefined {
    const { window, isWaiting, congestion, needed, recent, baseline } = this.#history;
    const size = sample.max;
    if (!isWaiting || size >= range.most || window.length === 0 || window.isChanging) return undefined;
    if (congestion > UNCONGESTED && !isStepOf(range, sample, nowMillis)) return undefined;
    let to = congestion <= UNCONGESTED ? MAX_GROWTH * size : Math.floor((size * CONGESTED) / congestion);
    if (congestion <= UNCONGESTED) to = Math.max(to, needed);
    if (to <= size) {
      // The baseline may be of other work, or the server slower for another reason than its load.
      if (baseline.isLearned(nowMillis)) return undefined;
      to = Math.ceil(size * PROBE);
    }
    to = Math.min(range.most, to);
    this.#startTrial(size, to, nowMillis);
    const target = milliseconds(this.#targetWaitSeconds);
    const waits = `requests waited ${milliseconds(recent.waitSeconds)} on average (target ${target})`;
    return this.#resize(sample, to, 'waits', `${waits}, and ${this.#useTime()}`);
  }

  #backedOff(sample: LoadSample, range: Range, nowMillis: number): Resize | undefined {
    const { isSteady, congestion, recent, baseline } = this.#history;
    if (!isSteady || !isStepOf(range, sample, nowMillis)) return undefined;
    const size = sample.max;
    const isOverloaded = congestion > OVERLOADED && recent.utilisation >= BUSY;
    // A pool that has had its largest size from the start has never seen the server without congestion.
    const isUnknown = size === range.most && recent.isSaturated && !baseline.isProvenFor(recent.used);
    if (!isOverloaded && !isUnknown && this.#backOffBest === undefined) return undefined;
    const to = Math.max(range.least, Math.min(size - 1, Math.floor(BACK_OFF * recent.used)));
    if (to < size) {
      this.#startTrial(size, to, nowMillis);
      return this.#resize(sample, to, 'server-saturated', this.#useTime());
    }
    // A smaller size is not allowed, so this one is right.
    if (this.#backOffBest !== undefined) baseline.learn(recent.useSeconds / RIGHT, nowMillis);
    this.#backOffBest = undefined;
    return undefined;
  }

  #shrunk(sample: LoadSample, { least }: Range, nowMillis: number): Resize | undefined {
    const { window } = this.#history;
    const size = sample.max;
    if (size <= least || window.length < IDLE_TICKS || nowMillis - this.#changedAt < SHRINK_MILLIS)
      return undefined;
    const used = window.p95(({ utilisation, max }) => utilisation * max);
    const wait = window.p95(({ meanWaitSeconds }) => meanWaitSeconds);
    if (used >= BUSY * size || wait > this.#targetWaitSeconds / 2) return undefined;
    const figure = `at most ${used.toFixed(1)} of ${size} connections were in use`;
    return this.#resize(sample, size - 1, 'idle', `${figure} in 95 % of the last minute`);
  }

  #startTrial(from: number, to: number, startedAt: number): void {
    const before = this.#history.window.recent(BEFORE_TICKS);
    if (before.useSeconds > 0) this.#history.baseline.add(before.useSeconds, before.used, startedAt);
    const bestPerSecond = Math.max(before.perSecond, this.#backOffBest ?? 0);
    this.#trial = { from, to, direction: to > from ? 'up' : 'down', before, bestPerSecond };
  }

  /** What follows from the effect of the last step. */
  #judged(trial: Trial, sample: LoadSample, nowMillis: number): Resize | undefined {
    const { window } = this.#history;
    const after = window.recent(BEFORE_TICKS);
    const isDecided = window.length >= DECIDING_TICKS;
    const verdict = judge(trial, after, { isDecided, targetWaitSeconds: this.#targetWaitSeconds });
    if (verdict === 'undecided') return undefined;
    if (verdict === 'keep') {
      this.#trial = undefined;
      this.#keep(trial, after, nowMillis);
      return undefined;
    }
    const isTurn = this.#direction === trial.direction;
    if (isTurn && nowMillis - this.#turnedAt < TURN_MILLIS && lossOf(trial, after) < CLEAR_LOSS)
      return undefined;
    this.#trial = undefined;
    return trial.direction === 'up'
      ? this.#undoGrowth(trial, sample, after, nowMillis)
      : this.#undoBackOff(trial, sample, after, nowMillis);
  }

  #keep(trial: Trial, after: Load, nowMillis: number): void {
    if (trial.direction === 'down') {
      this.#backOffBest = trial.bestPerSecond;
      return;
    }
    const isGain = trial.before.isSaturated && after.isSaturated;
    if (isGain && this.#history.congestion >= CONGESTED) {
      this.#history.baseline.learn(after.useSeconds / congestionAt(elasticity(trial, after)), nowMillis);
    }
  }

  #undoGrowth(trial: Trial, sample: LoadSample, after: Load, nowMillis: number): Resize {
    const baseline = Math.min(
      this.#history.baseline.seconds ?? Infinity,
      trial.before.useSeconds / CONGESTED,
    );
    this.#history.baseline.learn(baseline, nowMillis);
    const { from, to } = trial;
    const hasLost = lossOf(trial, after) > ACCEPTED_LOSS;
    // The best size may be below the one before.
    if (hasLost) this.#backOffBest = trial.before.perSecond;
    const half = Math.round(Math.sqrt(from * to));
    const isHalved = !hasLost && to > from * LARGE_STEP && half > from && half < to;
    if (isHalved) this.#trial = { ...trial, to: half };
    return this.#resize(
      sample,
      isHalved ? half : from,
      'server-saturated',
      `${to} connections served ${rate(after)}, ${from} served ${rate(trial.before)}`,
    );
  }

  #undoBackOff(trial: Trial, sample: LoadSample, after: Load, nowMillis: number): Resize {
    this.#backOffBest = undefined;
    const { from, to, before } = trial;
    const gained = before.isSaturated ? elasticity(trial, after) : elasticityOfUse(trial, after);
    const congestion = gained < CLEAR_ELASTICITY ? RIGHT : congestionAt(gained);
    this.#history.baseline.learn(before.useSeconds / congestion, nowMillis);
    return this.#resize(
      sample,
      from,
      'throughput-fell',
      `${to} connections served ${rate(after)}, ${from} served ${rate(before)}`,
    );
  }

  #useTime(): string {
    const { useSeconds } = this.#history.recent;
    const baseline = this.#history.baseline.seconds;
    const compared = baseline === undefined ? '' : ` (baseline ${milliseconds(baseline)})`;
    return `the use time was ${milliseconds(useSeconds)}${compared}`;
  }

  #resize(sample: LoadSample, to: number, reason: ResizeReason, explanation: string): Resize {
    const { useSeconds, waitSeconds, perSecond, utilisation } = this.#history.recent;
    const figures = {
      meanWaitSeconds: waitSeconds,
      targetWaitSeconds: this.#targetWaitSeconds,
      waiting: sample.waiting,
      useSeconds,
      baselineUseSeconds: this.#history.baseline.seconds ?? useSeconds,
      checkoutsPerSecond: perSecond,
      utilisation,
    };
    return { from: sample.max, to, reason, explanation, figures };
  }
}

/** A rate needs some time. After a blocked event loop, two ticks follow each other at once. */
function isMeasured({ seconds }: LoadSample): boolean {
  return seconds >= MIN_TICK_SECONDS;
}

/** Whether a pool may change its size now, for a reason that other pools of the server are part of. */
function isStepOf({ isFleet }: Range, { seconds }: LoadSample, nowMillis: number): boolean {
  if (!isFleet) return true;
  const steps = (millis: number) => Math.floor(millis / FLEET_STEP_MILLIS);
  return steps(nowMillis) !== steps(nowMillis - 1000 * seconds);
}

/** The inverse of what a closed network shows: an elasticity of 1 at the baseline, and 0 at three times the knee. */
function congestionAt(elasticity: number): number {
  return CONGESTED - (CONGESTED - 1) * Math.min(1, Math.max(0, elasticity));
}

function tooLarge({ boundBy, most }: Range): string {
  return boundBy === 'share' ? `this process may use ${most} of the server's connections` : `max is ${most}`;
}

function rate({ perSecond }: Load): string {
  return `${perSecond.toFixed(perSecond < 10 ? 1 : 0)} checkouts per second`;
}
