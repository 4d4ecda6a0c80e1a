import { compileAlertmanager } from './alertmanager';
import { type Profile as CollectorProfile, compileCollector } from './collector';
import { compileGrafana } from './grafana';
import { compileInstrumentationEnv } from './instrumentation-env';
import { compileDirectPrometheus, compilePrometheus } from './prometheus';
import type { Compiled, CompiledFile } from './rules/compiled';
import type { Thresholds } from './rules/rule';
import { thresholdsJsonSchema } from './thresholds/json-schema';

type Compiler = (thresholds: Thresholds) => Compiled;

const TOLD: readonly Compiler[] = [compileInstrumentationEnv, compileAlertmanager];
const WITH_PROMETHEUS: readonly Compiler[] = [...TOLD, compilePrometheus, compileGrafana];
const collector = (profile: CollectorProfile) => (thresholds: Thresholds) =>
  compileCollector(thresholds, profile);

/** What a deployment of each profile needs. The gateway's agents have their own alerts, and it has Prometheus. */
const COMPILERS = {
  single: [collector('single'), ...WITH_PROMETHEUS],
  standalone: [collector('standalone'), ...TOLD],
  agent: [collector('agent'), ...TOLD],
  gateway: [collector('gateway'), ...WITH_PROMETHEUS],
  /** No collector: metrics come to Prometheus from the applications. */
  prometheus: [...TOLD, compileDirectPrometheus, compileGrafana],
} as const satisfies Record<string, readonly Compiler[]>;
export type Profile = keyof typeof COMPILERS;
export const PROFILES = Object.keys(COMPILERS) as readonly Profile[];

const SCHEMA: CompiledFile = {
  path: 'thresholds.schema.json',
  content: `${JSON.stringify(thresholdsJsonSchema(), undefined, 2)}\n`,
};

/**
 * All that a deployment of a profile needs. The same thresholds
 * give the same texts.
 *
 * @example
 * for (const { path, content } of compile(parseThresholds(text), 'single').files) writeFileSync(path, content);
 */
export function compile(thresholds: Thresholds, profile: Profile): Compiled {
  const parts = [
    ...COMPILERS[profile].map((compiler) => compiler(thresholds)),
    { files: [SCHEMA], notes: [] },
  ];
  return { files: parts.flatMap(({ files }) => files), notes: parts.flatMap(({ notes }) => notes) };
}
