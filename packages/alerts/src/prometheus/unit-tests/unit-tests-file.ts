import { stringify } from 'yaml';
import type {
  FailedLevel,
  Level,
  Match,
  PipelineLevel,
  PoolLevel,
  Rule,
  ShareLevel,
  SlowLevel,
} from '../../rules/rule';
import { described, isShadowed } from '../variants';
import { conditionsOf } from '../watched';
import { failedScenes, slowScenes } from './operation-scenes';
import { pipelineScenes } from './pipeline-scenes';
import { missingScenes, poolScenes, unhealthyScenes } from './pool-scenes';
import { type Scene, unitTestOf } from './scene';
import { shareScenes } from './share-scenes';
import { STEP_SECONDS } from './unit-test';

const HEAD = `# Generated from thresholds.yaml by \`pg-otel alerts build\`.
#
# promtool test rules rules.test.yaml
`;

/** `prometheus/rules.test.yaml`: every level of every variant fires above its limit, in time, and not at it. */
export function unitTestsFile(rules: readonly Rule[]): string {
  const tests = rules.flatMap((rule) =>
    scenesOf(rule).map((scene) => ({ interval: `${STEP_SECONDS}s`, ...unitTestOf(rule, scene) })),
  );
  return (
    HEAD +
    stringify(
      { rule_files: ['rules.yaml'], evaluation_interval: `${STEP_SECONDS}s`, tests },
      { lineWidth: 0, aliasDuplicateObjects: false },
    )
  );
}

function scenesOf(rule: Rule): Scene[] {
  const isWatched = rule.variants.some(({ levels }) =>
    (levels as readonly Level[]).some((level) => conditionsOf(rule, level).length > 0),
  );
  if (!isWatched) return [];
  return rule.variants.flatMap(({ match, levels }, index) => {
    const earlier = rule.variants.slice(0, index).map((variant) => variant.match);
    if (isShadowed({ match, earlier })) return [];
    return scenesOfVariant(rule, match, levels).map((scene) => ({
      ...scene,
      name: [described(match), scene.name].filter((part) => part !== '').join(': '),
    }));
  });
}

function scenesOfVariant(rule: Rule, match: Match, levels: readonly Level[]): Scene[] {
  switch (rule.watch) {
    case 'slow-operation':
      return slowScenes(rule, match, levels as readonly SlowLevel[]);
    case 'failed-operation':
      return failedScenes(rule, match, levels as readonly FailedLevel[]);
    case 'held-connection':
      return [];
    case 'share-within':
      return shareScenes(rule, match, levels as readonly ShareLevel[]);
    case 'pool-utilization':
    case 'pool-waiting':
      return poolScenes(rule, match, levels as readonly PoolLevel[]);
    case 'pool-unhealthy':
      return unhealthyScenes(rule, match, levels);
    case 'missing-telemetry':
      return missingScenes(rule, match, levels);
    default:
      return pipelineScenes(rule, levels as readonly PipelineLevel[]);
  }
}
