import type { Compiled, CompiledFile } from '../rules/compiled';
import { histogramOf } from '../rules/histograms';
import { partsOf } from '../rules/labels';
import { levelsOf, type Match, type Rule, type Thresholds } from '../rules/rule';
import { TIMES } from '../rules/times';
import { rulesFile } from './rules-file';
import { directConfig, serverConfig } from './server-configs';
import { hasSeriesForVariants } from './slow';
import { isShadowed, placesOf } from './variants';

/**
 * Compiles recording and alerting rules, and a Prometheus configuration that loads them. They require Prometheus 2.42 or
 * later (`keep_firing_for`). They read the metric names of the collector's `prometheus` exporter, which the OTLP receiver
 * of Prometheus also uses.
 */
export function compilePrometheus(thresholds: Thresholds): Compiled {
  return compiled(thresholds, { path: 'prometheus/prometheus.yaml', content: serverConfig() });
}

/** Compiles the same rules, with a configuration for Prometheus without a collector. */
export function compileDirectPrometheus(thresholds: Thresholds): Compiled {
  const path = 'prometheus/without-collector.yaml';
  const { files, notes } = compiled(thresholds, { path, content: directConfig() });
  const unwatched = thresholds.rules.filter(({ watch }) => watch === 'held-connection');
  return {
    files,
    notes: [
      ...notes,
      ...unwatched.map(
        ({ name }) =>
          `${path}: ${name} is not evaluated: log events need a collector. Slow and failed operations are counted after they have ended.`,
      ),
    ],
  };
}

function compiled({ rules }: Thresholds, configuration: CompiledFile): Compiled {
  return {
    files: [{ path: 'prometheus/rules.yaml', content: rulesFile(rules) }, configuration],
    notes: rules.flatMap((rule) => [...withoutBackstop(rule), ...shadowed(rule), ...neverFiring(rule)]),
  };
}

function withoutBackstop(rule: Rule): string[] {
  return rule.watch === 'slow-operation' && !hasSeriesForVariants(rule)
    ? [
        `${rule.name}: Prometheus does not evaluate this rule, because an override matches a pool and ${histogramOf(rule).name} has no pool attribute. The collector evaluates it.`,
      ]
    : [];
}

function shadowed(rule: Rule): string[] {
  return placesOf(rule)
    .filter(isShadowed)
    .map(
      ({ match }) =>
        `${rule.name}: the override for ${described(match)} never applies: an earlier override matches everything that it matches.`,
    );
}

/** `service "checkout", pool "orders"` */
function described(match: Match): string {
  return partsOf(match)
    .map(([part, value]) => `${part} ${JSON.stringify(value)}`)
    .join(', ');
}

/** Warns if Prometheus forgets a missing service before `for` has elapsed. */
function neverFiring(rule: Rule): string[] {
  if (rule.watch !== 'missing-telemetry') return [];
  return levelsOf(rule)
    .filter(({ forSeconds }) => forSeconds >= TIMES.serviceForgotten)
    .map(
      ({ severity }) =>
        `${rule.name}: ${severity} never fires: a service is forgotten after an hour, and \`for\` is not shorter.`,
    );
}
