export { type OtlpCapture, startOtlpCapture } from './otlp-capture';
export type {
  Attributes,
  AttributeValue,
  CapturedLog,
  CapturedMetric,
  CapturedPoint,
  CapturedSpan,
} from './otlp-records';
export { freePort, type PostgresOptions, type PostgresServer, startPostgres } from './postgres';
