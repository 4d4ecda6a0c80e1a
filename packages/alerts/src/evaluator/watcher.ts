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
  /** Identifies its series. */
  readonly key: string;
  readonly timestamp: number;
  /** When metrics of its process arrived first. */
  readonly instanceSince: number;
  /** When metrics of any process arrived first. */
  readonly watchingSince: number;
}

/** Keeps the values of a metric that its rule needs. */
export interface Watcher {
  /** OpenTelemetry's name. */
  readonly metric: string;
  /** Points of new series that arrived when the number of series was at its limit. */
  readonly dropped: number;
  take(point: WatchedPoint): void;
  /** What is above a level now. Forgets series that are gone. */
  breaches(timestamp: number): readonly Breach[];
}

/** How much a watcher keeps. */
export interface Kept {
  /** Most series. */
  readonly most: number;
  /** A series that was not collected for this long is gone. */
  readonly staleMillis: number;
}

/** The watcher of a rule that collections of metrics decide; undefined for other rules. */
export function watcherOf(rule: Rule, kept: Kept): Watcher | undefined {
  if (isGaugeRule(rule)) return new GaugeWatcher(rule, kept);
  if (rule.watch === 'share-within') return new ShareWatcher(rule, kept);
  if (rule.watch === 'missing-telemetry') return new MissingWatcher(rule, kept);
  return undefined;
}
