import { compileAlertmanager } from './alertmanager';
import { type Profile as CollectorProfile, compileCollector } from './collector';
import { compileInstrumentationEnv } from './instrumentation-env';
import { compileDirectPrometheus, compilePrometheus } from './prometheus';
import type { Compiled } from './rules/compiled';
import type { Thresholds } from './rules/rule';
import { thresholdsJsonSchema } from './thresholds/schema';

type Compiler = (thresholds: Thresholds) => Compiled;
const collector =
  (profile: CollectorProfile): Compiler =>
  (thresholds) =>
    compileCollector(thresholds, profile);
/** Loaded when dashboards are compiled. It has 240 files, and an application that evaluates thresholds needs none. */
const compileGrafana: Compiler = (thresholds) => {
  const grafana: typeof import('./grafana') = require('./grafana');
  return grafana.compileGrafana(thresholds);
};
const EVERYWHERE = [compileInstrumentationEnv, compileAlertmanager];
const WITH_PROMETHEUS = [...EVERYWHERE, compilePrometheus, compileGrafana];

/** The outputs of each profile. Prometheus runs next to the gateway; the agents send the alerts from log events. */
const COMPILERS = {
  single: [collector('single'), ...WITH_PROMETHEUS],
  standalone: [collector('standalone'), ...EVERYWHERE],
  agent: [collector('agent'), ...EVERYWHERE],
  gateway: [collector('gateway'), ...WITH_PROMETHEUS],
  /** No collector: applications send metrics to Prometheus, or Prometheus scrapes them. */
  prometheus: [...EVERYWHERE, compileDirectPrometheus, compileGrafana],
} satisfies Record<string, readonly Compiler[]>;
/** A kind of deployment: the role of the collector, and whether Prometheus is used. */
export type Profile = keyof typeof COMPILERS;
/** All profiles. */
export const PROFILES = Object.keys(COMPILERS) as readonly Profile[];

/**
 * Compiles thresholds to all configuration files that a deployment of the profile needs. The output depends only on the
 * thresholds and the profile.
 *
 * @example
 * for (const { path, content } of compile(parseThresholds(text), 'single').files) writeFileSync(path, content);
 */
export function compile(thresholds: Thresholds, profile: Profile): Compiled {
  const content = `${JSON.stringify(thresholdsJsonSchema(), undefined, 2)}\n`;
  const parts = COMPILERS[profile].map((compiler) => compiler(thresholds));
  return {
    files: [...parts.flatMap(({ files }) => files), { path: 'thresholds.schema.json', content }],
    notes: parts.flatMap(({ notes }) => notes),
  };
}
