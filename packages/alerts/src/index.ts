export { compile, PROFILES, type Profile } from './compile';

export * from './evaluator';
export { type EmittedLimits, emittedLimits } from './instrumentation-env';
export type { Compiled, CompiledFile } from './rules/compiled';
export type { Level, Rule, Severity, Thresholds } from './rules/rule';
export { DEFAULT_THRESHOLDS } from './thresholds/default-thresholds';
export { parseThresholds } from './thresholds/parse';
export { type LocatedProblem, ThresholdsError } from './thresholds/problem';
