import type { PipelineRule, Rule } from './rule';

/** Whether it watches the collector or the bridge, and no service. */
export function isOfPipeline(rule: Rule): rule is PipelineRule {
  return rule.watch.startsWith('collector-') || rule.watch.startsWith('bridge-');
}
