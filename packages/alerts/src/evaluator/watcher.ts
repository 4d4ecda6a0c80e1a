import type { Rule } from '../rules/rule';
import { isGaugeRule } from '../rules/watch';
import { GaugeWatcher } from './gauge-watcher';
import type { Breach } from './lasting-alerts';
import type { CollectedPoint } from './metrics';
import { MissingWatcher } from './missing-watcher';
import { ShareWatcher } from './share-watcher';
import type { Attributes } from './subject';

/** A point of the metric that a watcher reads. */
export interface WatchedPoint {
  readonly resource: Attributes;
  readonly point: CollectedPoint;
  /** Identifies the series. */
  readonly key: string;
  readonly timestamp: number;
  /** When the first metrics of the process arrived. */
  readonly instanceSince: number;
  /** When the first metrics of any process arrived. */
  readonly watchingSince: number;
}

/** Keeps the values of a metric that a rule needs. */
export interface Watcher {
  /** The name of the metric in OpenTelemetry. */
  readonly metric: string;
  /** The number of points that were dropped because the number of series was at its limit. */
  readonly dropped: number;
  take(point: WatchedPoint): void;
  /** Returns the current breaches, and forgets series that have expired. */
  breaches(timestamp: number): readonly Breach[];
}

/** Limits of the data that a watcher keeps. */
export interface Kept {
  /** The maximum number of series. */
  readonly most: number;
  /** A series that is not collected for this long expires. */
  readonly staleMillis: number;
}

/** Returns the watcher of a rule on metrics; undefined for other rules. */
export function watcherOf(rule: Rule, kept: Kept): Watcher | undefined {
  if (isGaugeRule(rule)) return new GaugeWatcher(rule, kept);
  if (rule.watch === 'share-within') return new ShareWatcher(rule, kept);
  if (rule.watch === 'missing-telemetry') return new MissingWatcher(rule, kept);
  return undefined;
}
