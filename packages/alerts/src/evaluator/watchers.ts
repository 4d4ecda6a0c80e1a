import type { Rule } from '../rules/rule';
import { GaugeWatcher } from './gauge-watcher';
import { MissingWatcher } from './missing-watcher';
import { ShareWatcher } from './share-watcher';
import type { Kept, MetricRule, Watcher } from './watcher';

export function isMetricRule(rule: Rule): rule is MetricRule {
  switch (rule.watch) {
    case 'pool-utilization':
    case 'pool-waiting':
    case 'pool-unhealthy':
    case 'share-within':
    case 'missing-telemetry':
      return true;
    default:
      return false;
  }
}

export function watcherOf(rule: MetricRule, kept: Kept): Watcher {
  switch (rule.watch) {
    case 'share-within':
      return new ShareWatcher(rule, kept);
    case 'missing-telemetry':
      return new MissingWatcher(rule, kept);
    default:
      return new GaugeWatcher(rule, kept);
  }
}
