export type { Alert, AlertChange } from './alert';
export { createEvaluator, type Dropped, type Evaluator, type EvaluatorOptions } from './evaluator';
export type { ObservedEvent } from './event';
export type { CollectedMetric, CollectedMetrics, CollectedPoint, HistogramValue } from './metrics';
export type { Attributes } from './subject';
