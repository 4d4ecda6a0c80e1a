import type { Compiled, CompiledFile } from '../rules/compiled';
import { histogramsOf } from '../rules/histograms';
import type { Level, Rule, Thresholds } from '../rules/rule';
import { directConfig } from './direct-config';
import { countingSlow } from './operations';
import { MISSED_SECONDS } from './pools';
import { rulesFile } from './rules-file';
import { serverConfig } from './server-config';
import { described, isShadowed } from './variants';

/**
 * Recording and alerting rules and a configuration that loads them. They are valid for Prometheus from
 * 2.42 on (`keep_firing_for`), and for the metric names of the collector's `prometheus` exporter and of Prometheus' OTLP receiver.
 */
export function compilePrometheus(thresholds: Thresholds): Compiled {
  return compiled(thresholds, [{ path: 'prometheus/prometheus.yaml', content: serverConfig() }]);
}

/** The same rules with a configuration for applications whose metrics come to Prometheus without a collector. */
export function compileDirectPrometheus(thresholds: Thresholds): Compiled {
  const { files, notes } = compiled(thresholds, [
    { path: 'prometheus/without-collector.yaml', content: directConfig() },
  ]);
  const unwatched = thresholds.rules.filter(({ watch }) => watch === 'held-connection');
  return {
    files,
    notes: [
      ...notes,
      ...unwatched.map(
        ({ name }) =>
          `prometheus/without-collector.yaml: ${name} is not watched: it needs log events, and so a collector. Slow and failed operations are counted when they have ended.`,
      ),
    ],
  };
}

function compiled({ rules }: Thresholds, configuration: readonly CompiledFile[]): Compiled {
  return {
    files: [{ path: 'prometheus/rules.yaml', content: rulesFile(rules) }, ...configuration],
    notes: rules.flatMap(notesOf),
  };
}

function notesOf(rule: Rule): string[] {
  return [...withoutBackstop(rule), ...shadowed(rule), ...neverTold(rule)];
}

function withoutBackstop(rule: Rule): string[] {
  if (rule.watch !== 'slow-operation') return [];
  const counting = countingSlow(rule);
  return histogramsOf(rule.operations)
    .filter((histogram) => !counting.includes(histogram))
    .map(
      ({ name }) =>
        `${rule.name}: Prometheus leaves ${name} out, which names no pool, because of an override for a pool; the collector keeps the rule.`,
    );
}

function shadowed(rule: Rule): string[] {
  return rule.variants.flatMap(({ match }, index) =>
    isShadowed({ match, earlier: rule.variants.slice(0, index).map((earlier) => earlier.match) })
      ? [`${rule.name}: the override for ${described(match)} never counts: an earlier one takes all of it.`]
      : [],
  );
}

/** What is forgotten before it has lasted long enough. */
function neverTold(rule: Rule): string[] {
  if (rule.watch !== 'missing-telemetry') return [];
  return rule.variants
    .flatMap(({ levels }) => levels as readonly Level[])
    .filter(({ forSeconds }) => forSeconds >= MISSED_SECONDS)
    .map(
      ({ severity }) =>
        `${rule.name}: ${severity} is never told: a service is forgotten after an hour, and \`for\` is not shorter.`,
    );
}
