import type { LoadSample } from '../../src/size/load-meter';
import type { SizeBounds } from '../../src/size/size-bounds';
import { SizeController } from '../../src/size/size-controller';

/** Returns the size that a pool gets; undefined if it stays. */
export type Strategy = (sample: LoadSample, bounds: SizeBounds, nowMillis: number) => number | undefined;

const HOLD_MILLIS = 10_000;
const SHRINK_MILLIS = 30_000;
const TARGET_WAIT_SECONDS = 0.025;

/** The code of the package. */
export function adaptive(): Strategy {
  const controller = new SizeController();
  return (sample, bounds, nowMillis) => controller.decide(sample, bounds, nowMillis)?.to;
}

/** What autoscalers do: × 1.5 above 80 % utilisation, less one every 30 s below 50 %. */
export function utilisationOnly(): Strategy {
  let changedAt = Number.NEGATIVE_INFINITY;
  const minute: number[] = [];
  return ({ utilisation, max }, bounds, nowMillis) => {
    minute.push(utilisation);
    if (minute.length > 60) minute.shift();
    if (nowMillis - changedAt < HOLD_MILLIS) return undefined;
    const to =
      utilisation > 0.8 ? Math.ceil(max * 1.5) : isIdle(minute, nowMillis - changedAt) ? max - 1 : max;
    return changed(to);

    function changed(size: number): number | undefined {
      const clamped = clamp(size, bounds);
      if (clamped === max) return undefined;
      changedAt = nowMillis;
      return clamped;
    }
  };
}

/**
 * The law that the package's was compared with: grows × 1.5 on waits while the use time is within 1.5 × its baseline,
 * lowers × 0.8 above 2 ×, and measures no effect.
 */
export function useTimeOnly(): Strategy {
  let changedAt = Number.NEGATIVE_INFINITY;
  let waitingTicks = 0;
  let ewma: number | undefined;
  let baseline = Number.POSITIVE_INFINITY;
  const minute: number[] = [];
  const uses: number[] = [];
  return ({ utilisation, max, meanWaitSeconds, useSeconds, checkouts, seconds }, bounds, nowMillis) => {
    minute.push(utilisation);
    if (minute.length > 60) minute.shift();
    if (useSeconds !== undefined) {
      ewma = ewma === undefined ? useSeconds : 0.7 * ewma + 0.3 * useSeconds;
      uses.push(useSeconds);
      if (uses.length > 600) uses.shift();
      // The lowest median of ten ticks, in ten minutes.
      if (uses.length >= 10 && uses.length % 10 === 0) baseline = Math.min(baseline, median(uses.slice(-10)));
      else if (baseline === Number.POSITIVE_INFINITY) baseline = useSeconds;
    }
    waitingTicks = meanWaitSeconds > TARGET_WAIT_SECONDS ? waitingTicks + 1 : 0;
    if (nowMillis - changedAt < HOLD_MILLIS || ewma === undefined) return undefined;
    let to = max;
    if (waitingTicks >= 2 && ewma <= 1.5 * baseline) {
      to = Math.max(Math.ceil(max * 1.5), Math.ceil(((checkouts / seconds) * ewma) / 0.8));
    } else if (ewma > 2 * baseline && utilisation >= 0.5) {
      to = Math.floor(max * 0.8);
    } else if (isIdle(minute, nowMillis - changedAt)) {
      to = max - 1;
    }
    const clamped = clamp(to, bounds);
    if (clamped === max) return undefined;
    changedAt = nowMillis;
    return clamped;
  };
}

function isIdle(minute: readonly number[], sinceChange: number): boolean {
  const p95 = [...minute].sort((one, other) => one - other)[Math.floor(minute.length * 0.95)];
  return minute.length === 60 && p95 !== undefined && p95 < 0.5 && sinceChange >= SHRINK_MILLIS;
}

function clamp(size: number, { min, max, share = max }: SizeBounds): number {
  return Math.max(1, Math.min(max, share, Math.max(min, size)));
}

function median(values: number[]): number {
  return values.sort((one, other) => one - other)[Math.floor(values.length / 2)] as number;
}
