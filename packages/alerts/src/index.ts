export type { Rule, Severity, Thresholds } from './rules/rule';
export { parseThresholds } from './thresholds/parse';
export { type LocatedProblem, ThresholdsError } from './thresholds/problem';
