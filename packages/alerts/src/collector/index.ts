import type { Compiled } from '../rules/compiled';
import { type Level, levelsOf, type Rule, type Thresholds } from '../rules/rule';
import { isEventRule, isGaugeRule } from '../rules/watch';
import { collectorYaml } from './config';
import { ofOneGaugeEach } from './gauge-alerts';
import { header, PROFILES, type Profile, partsOf } from './profiles';

/** Compiles the configuration of the OpenTelemetry Collector for a profile. */
export function compileCollector(thresholds: Thresholds, profile: Profile): Compiled {
  const parts = partsOf[profile](thresholds);
  const withoutHeader = collectorYaml('', parts);
  const content = collectorYaml(header(profile, withoutHeader), parts);
  return {
    files: [{ path: `${profile}/collector.yaml`, content }],
    notes: profile === 'standalone' ? standaloneNotes(thresholds) : [],
  };
}

/** Warns about rules that the profile `standalone` cannot express, because it has no history. */
function standaloneNotes({ rules }: Thresholds): string[] {
  const { kept, further } = ofOneGaugeEach(rules);
  const lasting = kept.filter((rule) =>
    levelsOf<Level>(rule).some(
      ({ forSeconds, keepFiringSeconds }) => forSeconds > 0 || keepFiringSeconds > 0,
    ),
  );
  const others = rules.filter((rule) => !isEventRule(rule) && !isGaugeRule(rule));
  const path = 'standalone/collector.yaml';
  const named = (some: readonly Rule[]) => some.map(({ name }) => name).join(', ');
  return [
    ...(others.length === 0 ? [] : [`${path} does not evaluate ${named(others)}: this needs Prometheus.`]),
    ...(lasting.length === 0
      ? []
      : [`${path} alerts at once for ${named(lasting)}: \`for\` and \`keepFiring\` need Prometheus.`]),
    ...(further.length === 0
      ? []
      : [`${path} does not evaluate ${named(further)}: another rule watches the same gauge.`]),
  ];
}

export { PROFILES, type Profile };
