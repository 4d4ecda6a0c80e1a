import { isOfPipeline } from '../rules/pipeline';
import type { FailedLevel, Level, PipelineLevel, Rule, ShareLevel, SlowLevel } from '../rules/rule';
import { failedConditions, failedRecordings, slowConditions, slowRecordings } from './operations';
import { pipelineConditions, pipelineRecordings } from './pipeline';
import { missingConditions, missingRecordings, poolConditions, poolRecordings } from './pools';
import type { Condition, GroupName, Recording } from './recording';
import { shareConditions, shareRecordings } from './shares';

export function groupOf(rule: Rule): GroupName {
  if (isOfPipeline(rule)) return 'pipeline';
  const { watch } = rule;
  return watch.startsWith('pool-') || watch === 'missing-telemetry' ? 'pools' : 'operations';
}

/** What has to be recorded for a rule, in this order. */
export function recordingsOf(rule: Rule): readonly Recording[] {
  switch (rule.watch) {
    case 'slow-operation':
      return slowRecordings(rule);
    case 'failed-operation':
      return failedRecordings(rule);
    case 'held-connection':
      return [];
    case 'share-within':
      return shareRecordings(rule);
    case 'pool-utilization':
    case 'pool-waiting':
    case 'pool-unhealthy':
      return poolRecordings(rule);
    case 'missing-telemetry':
      return missingRecordings(rule);
    default:
      return pipelineRecordings(rule);
  }
}

/** Any of these has to hold; none: Prometheus does not watch it. */
export function conditionsOf(rule: Rule, level: Level): readonly Condition[] {
  switch (rule.watch) {
    case 'slow-operation':
      return slowConditions(rule, level as SlowLevel);
    case 'failed-operation':
      return failedConditions(rule, level as FailedLevel);
    case 'held-connection':
      return [];
    case 'share-within':
      return shareConditions(rule, level as ShareLevel);
    case 'pool-utilization':
    case 'pool-waiting':
    case 'pool-unhealthy':
      return poolConditions(rule, level);
    case 'missing-telemetry':
      return missingConditions();
    default:
      return pipelineConditions(rule, level as PipelineLevel);
  }
}
