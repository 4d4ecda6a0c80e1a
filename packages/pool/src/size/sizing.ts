import { now } from '../clock';
import type { FleetShare } from '../fleet/budget';
import type { Settings } from '../options';
import type { PgPool } from '../pg-pool';
import { warn } from '../warnings';
import { applySize } from './apply-size';
import type { LoadMeter, LoadSample } from './load-meter';
import type { Resize } from './resize';
import { SizeController } from './size-controller';

/** The size of a managed pool. It is plain data. */
export interface PoolSize {
  /** `pool.options.max` */
  readonly max: number;
  /** The last advice that differs from `max`; undefined when there is none. */
  readonly advised: number | undefined;
  /** The bounds of `max`. */
  readonly least: number;
  readonly most: number;
  /** Connections of the server that this process may use; undefined when it is not known. */
  readonly share: number | undefined;
  /**
   * `application`: the application has set `pool.options.max` while the pool was managed, and its value stays. Otherwise the
   * option `mode`.
   */
  readonly decidedBy: 'act' | 'advise' | 'application';
  /** The load in the last second. */
  readonly load: LoadSample | undefined;
}

/** Adapts the size of a pool to its load, or advises a size. */
export class Sizing {
  readonly #pool: PgPool;
  readonly #settings: Settings;
  readonly #meter: LoadMeter;
  readonly #controller: SizeController;
  /** The size that the application has set. */
  #givenMax: number;
  #max: number;
  #advised: number | undefined;
  #share: number | undefined;
  #load: LoadSample | undefined;
  #decidedBy: PoolSize['decidedBy'];

  constructor(pool: PgPool, settings: Settings, meter: LoadMeter) {
    this.#pool = pool;
    this.#settings = settings;
    this.#meter = meter;
    this.#controller = new SizeController({ targetWaitSeconds: settings.targetWaitMillis / 1000 });
    this.#max = pool.options.max;
    this.#givenMax = this.#max;
    this.#share = settings.share;
    this.#decidedBy = settings.mode;
  }

  get size(): PoolSize {
    const { min, max } = this.#settings;
    return {
      max: Number(this.#pool.options.max),
      advised: this.#advised,
      least: min,
      most: max,
      share: this.#share,
      decidedBy: this.#decidedBy,
      load: this.#load,
    };
  }

  /**
   * To be called once a second.
   *
   * @param isDown whether requests wait because the server does not answer, which no size changes
   * @returns a change of the size that was made, or advised
   */
  tick(
    isDown: boolean,
    fleet: FleetShare | undefined,
  ): (Resize & { readonly isApplied: boolean }) | undefined {
    const sample = this.#meter.sample();
    this.#load = sample;
    this.#share = least(this.#settings.share, fleet?.share);
    if (!Object.is(sample.max, this.#max)) this.#applicationHasSet(sample.max);
    if (isDown) return undefined;
    const { min, max } = this.#settings;
    const bounds = { min, max, share: this.#share, instances: fleet?.instances ?? 1 };
    const resize = this.#controller.decide(sample, bounds, now());
    if (resize === undefined) return undefined;
    const isApplied = this.#decidedBy === 'act';
    if (isApplied) {
      this.#max = resize.to;
      applySize(this.#pool, resize.to);
    }
    this.#advised = isApplied ? undefined : resize.to;
    return { ...resize, isApplied };
  }

  /** The pool gets the size that the application has set last. */
  stop(): void {
    const { options, ending } = this.#pool;
    if (!ending && options.max === this.#max) applySize(this.#pool, this.#givenMax);
  }

  #applicationHasSet(max: number): void {
    this.#max = max;
    this.#givenMax = max;
    this.#advised = undefined;
    if (this.#decidedBy !== 'act') return;
    this.#decidedBy = 'application';
    warn(
      'PG_OTEL_POOL_MAX',
      `pool.options.max of a managed pool was set to ${max} by the application. It stays at this value, and the manager ` +
        'only advises. To bound the size that the manager chooses, use the options min and max of managePool.',
    );
  }
}

function least(...values: (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
