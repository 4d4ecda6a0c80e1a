import type { Compiled } from '../rules/compiled';
import { histogramOf } from '../rules/histograms';
import { partsOf } from '../rules/labels';
import { levelsOf, type Rule, type Thresholds } from '../rules/rule';
import { TIMES } from '../rules/times';
import { hasSeriesForVariants } from '../rules/watch/slow-operation';
import { rulesFile } from './rules-file';
import { directConfig, serverConfig } from './server-configs';
import { isShadowed, placesOf } from './variants';

/**
 * Compiles recording and alerting rules, and a Prometheus configuration that loads them. They require Prometheus 2.42 or
 * later (`keep_firing_for`). They read the metric names of the collector's `prometheus` exporter, which the OTLP receiver
 * of Prometheus also uses.
 */
export function compilePrometheus({ rules }: Thresholds): Compiled {
  const configuration = { path: 'prometheus/prometheus.yaml', content: serverConfig() };
  return {
    files: [{ path: 'prometheus/rules.yaml', content: rulesFile(rules) }, configuration],
    notes: rules.flatMap(notesOf),
  };
}

/** Compiles the same rules, with a configuration for Prometheus without a collector. */
export function compileDirectPrometheus(thresholds: Thresholds): Compiled {
  const path = 'prometheus/without-collector.yaml';
  const { files, notes } = compilePrometheus(thresholds);
  const unwatched = thresholds.rules
    .filter(({ watch }) => watch === 'held-connection')
    .map(
      ({ name }) =>
        `${path}: ${name} is not evaluated: log events need a collector. Slow and failed operations are counted after they have ended.`,
    );
  return {
    files: [...files.slice(0, 1), { path, content: directConfig() }],
    notes: [...notes, ...unwatched],
  };
}

/** Warns about alerts that Prometheus does not evaluate, or that never fire. */
function notesOf(rule: Rule): string[] {
  const notes: string[] = [];
  if (rule.watch === 'slow-operation' && !hasSeriesForVariants(rule)) {
    notes.push(
      `Prometheus does not evaluate this rule, because an override matches a pool and ${histogramOf(rule).name} has no pool attribute. The collector evaluates it.`,
    );
  }
  for (const { match } of placesOf<Rule['variants'][number]>(rule).filter(isShadowed)) {
    const described = partsOf(match).map(([part, value]) => `${part} ${JSON.stringify(value)}`);
    notes.push(
      `the override for ${described.join(', ')} never applies: an earlier override matches everything that it matches.`,
    );
  }
  for (const { severity, forSeconds } of rule.watch === 'missing-telemetry' ? levelsOf(rule) : []) {
    if (forSeconds < TIMES.serviceForgotten) continue;
    notes.push(`${severity} never fires: a service is forgotten after an hour, and \`for\` is not shorter.`);
  }
  return notes.map((note) => `${rule.name}: ${note}`);
}
