import type { LoadSample } from './load-meter';

/** What several ticks were like together. */
export interface Load {
  readonly ticks: number;
  /** Checkouts per second. */
  readonly perSecond: number;
  readonly waitSeconds: number;
  /** 0 if no connection was released. */
  readonly useSeconds: number;
  /** Mean number of checked-out connections. */
  readonly used: number;
  readonly utilisation: number;
  /** Whether all connections were in use and requests waited, so that the throughput is the most that this size can do. */
  readonly isSaturated: boolean;
}

const KEPT_TICKS = 60;
const SATURATED_UTILISATION = 0.95;
/** The use times of ticks that are put together differ by at most this part. */
const ALIKE = 0.25;

/** The last minute of ticks with the same size. */
export class LoadWindow {
  #ticks: LoadSample[] = [];

  get length(): number {
    return this.#ticks.length;
  }

  push(sample: LoadSample): void {
    this.#ticks.push(sample);
    if (this.#ticks.length > KEPT_TICKS) this.#ticks.shift();
  }

  clear(): void {
    this.#ticks = [];
  }

  /** The last tick, and up to `count - 1` before it in which the load and the server were like in the last one. */
  recent(count: number): Load {
    const last = this.#ticks.at(-1);
    if (last === undefined) return loadOf([]);
    let first = this.#ticks.length - 1;
    while (first > 0 && this.#ticks.length - first < count && isAlike(this.#ticks[first - 1], last)) first--;
    return loadOf(this.#ticks.slice(first));
  }

  /** Whether the use time of a saturated pool has just changed, so that the last tick may be partly old and partly new. */
  get isChanging(): boolean {
    const last = this.#ticks.at(-1);
    const before = this.#ticks.at(-2);
    if (last === undefined || before === undefined) return false;
    return isSaturated(last) && isSaturated(before) && !isAlike(before, last);
  }

  /** Of all ticks, the value that 95 % of them do not exceed. */
  p95(value: (sample: LoadSample) => number): number {
    const values = this.#ticks.map(value).sort((one, other) => one - other);
    return values[Math.ceil(values.length * 0.95) - 1] ?? 0;
  }
}

/** Whether all connections were in use and requests waited all the time. */
export function isSaturated({ utilisation, waiting }: LoadSample): boolean {
  return utilisation >= SATURATED_UTILISATION && waiting > 0;
}

function isAlike(tick: LoadSample | undefined, last: LoadSample): boolean {
  if (tick === undefined || isSaturated(tick) !== isSaturated(last)) return false;
  const { useSeconds = 0 } = tick;
  const { useSeconds: lastUse = 0 } = last;
  return Math.abs(useSeconds - lastUse) <= ALIKE * lastUse;
}

function loadOf(ticks: readonly LoadSample[]): Load {
  const sum = (value: (sample: LoadSample) => number) => ticks.reduce((all, tick) => all + value(tick), 0);
  const seconds = sum((tick) => tick.seconds);
  const checkouts = sum((tick) => tick.checkouts);
  const mean = (total: number, parts: number) => (parts === 0 ? 0 : total / parts);
  const measured = sum((tick) => (tick.useSeconds === undefined ? 0 : tick.checkouts));
  return {
    ticks: ticks.length,
    perSecond: mean(checkouts, seconds),
    waitSeconds: mean(
      sum((tick) => tick.meanWaitSeconds * tick.checkouts),
      checkouts,
    ),
    useSeconds: mean(
      sum((tick) => (tick.useSeconds ?? 0) * tick.checkouts),
      measured,
    ),
    used: mean(
      sum((tick) => tick.utilisation * tick.max * tick.seconds),
      seconds,
    ),
    utilisation: mean(
      sum((tick) => tick.utilisation * tick.seconds),
      seconds,
    ),
    isSaturated: ticks.length > 0 && ticks.every(isSaturated),
  };
}
