export type { Rule, Severity, Thresholds } from './rules/rule';
