import type { MissingRule, PoolRule, Rule, ShareRule, UnhealthyRule } from '../rules/rule';
import type { Breach } from './lasting-alerts';
import type { CollectedPoint } from './metrics';
import type { Attributes } from './subject';

/** Rules that a collection of metrics decides, together with those before it. */
export type MetricRule = PoolRule | UnhealthyRule | ShareRule | MissingRule;

/** A point of the metric that a watcher asked for. */
export interface WatchedPoint {
  readonly resource: Attributes;
  readonly point: CollectedPoint;
  /** Of its series. */
  readonly key: string;
  readonly timestamp: number;
}

/** Keeps of a metric what its rule needs. */
export interface Watcher {
  readonly rule: Rule;
  /** OpenTelemetry's name. */
  readonly metric: string;
  /** Series that came when there were as many as may be. */
  readonly dropped: number;
  take(point: WatchedPoint): void;
  /** What is above a level now. Forgets what was not told for too long. */
  breaches(timestamp: number): readonly Breach[];
}

/**
 * How long a value counts that is not told again: as long as Prometheus looks back, and as the collector's exporter
 * repeats it.
 */
export const STALE_MILLIS = 5 * 60_000;
