export type {
  EventLimits,
  PoolInfo,
  PostgresInstrumentationConfig,
  QueryInfo,
  ResponseInfo,
  SlowAfterOf,
} from './configuration';
export { describeInstrumentation, type InstrumentationDescription } from './description';
export { instrument } from './instrument';
export { PostgresInstrumentation } from './instrumentation';
export { nearest } from './nearest';
export { offerBuiltinsToLaterInstrumentations } from './node/late-instrumentations';
export { requiresOthers } from './node/preloads';
export type {
  AggregationTemporality,
  CollectionResult,
  HistogramDataPoint,
  HistogramMetricData,
  HistogramValue,
  MetricDescriptor,
  MetricProducer,
  ScopeMetrics,
  TemporalitySelector,
} from './observers/histograms/metric-data';
export { conditionName } from './sqlstate';
