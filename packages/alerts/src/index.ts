export { compile, PROFILES, type Profile } from './compile';
export { DEFAULT_THRESHOLDS } from './defaults';
export * from './evaluator';
export { type ToldLimits, toldLimits } from './instrumentation-env';
export type { Compiled, CompiledFile } from './rules/compiled';
export type { Level, Rule, Severity, Thresholds } from './rules/rule';
export { parseThresholds } from './thresholds/parse';
export { type LocatedProblem, ThresholdsError } from './thresholds/problem';
