import { compileAlertmanager } from './alertmanager';
import { compileCollector, PROFILES, type Profile } from './collector';
import { compileGrafana } from './grafana';
import { compileInstrumentationEnv } from './instrumentation-env';
import { compilePrometheus } from './prometheus';
import type { Compiled, CompiledFile } from './rules/compiled';
import type { Thresholds } from './rules/rule';
import { thresholdsJsonSchema } from './thresholds/json-schema';

type Compiler = (thresholds: Thresholds) => Compiled;

const WITH_PROMETHEUS: readonly Compiler[] = [
  compileInstrumentationEnv,
  compilePrometheus,
  compileAlertmanager,
  compileGrafana,
];
const WITHOUT_PROMETHEUS: readonly Compiler[] = [compileInstrumentationEnv, compileAlertmanager];

/** What a profile needs beside its collector. The gateway's agents have their own alerts, and it has Prometheus. */
const BESIDE: Readonly<Record<Profile, readonly Compiler[]>> = {
  single: WITH_PROMETHEUS,
  standalone: WITHOUT_PROMETHEUS,
  agent: WITHOUT_PROMETHEUS,
  gateway: WITH_PROMETHEUS,
};

const SCHEMA: CompiledFile = {
  path: 'thresholds.schema.json',
  content: `${JSON.stringify(thresholdsJsonSchema(), undefined, 2)}\n`,
};

/**
 * All that a deployment needs: the collector's configuration of a profile, and what stands beside it. The same thresholds
 * give the same texts.
 *
 * @example
 * for (const { path, content } of compile(parseThresholds(text), 'single').files) writeFileSync(path, content);
 */
export function compile(thresholds: Thresholds, profile: Profile): Compiled {
  const parts = [
    compileCollector(thresholds, profile),
    ...BESIDE[profile].map((compiler) => compiler(thresholds)),
    { files: [SCHEMA], notes: [] },
  ];
  return { files: parts.flatMap(({ files }) => files), notes: parts.flatMap(({ notes }) => notes) };
}

export { PROFILES, type Profile };
