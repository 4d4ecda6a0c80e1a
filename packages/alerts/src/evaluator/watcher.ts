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
  /** When the process that tells it was heard first. */
  readonly instanceSince: number;
  /** When a process was heard first at all. */
  readonly watchingSince: number;
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

/** How much a watcher keeps. */
export interface Kept {
  /** Most series. */
  readonly most: number;
  /** What is not told for so long is gone. */
  readonly staleMillis: number;
}
