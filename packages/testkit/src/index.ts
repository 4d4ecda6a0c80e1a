export {
  type AlertmanagerFault,
  type AlertmanagerStandIn,
  type PostedAlert,
  startAlertmanagerStandIn,
} from './alertmanager-stand-in';
export { type BundleOptions, bundle } from './bundle';
export { byName, capturedSpans } from './captured-spans';
export { selfSignedCertificate } from './certificate';
export { exportTo } from './exports';
export {
  type FixtureOptions,
  type FixtureProgram,
  type FixtureResult,
  place,
  placeInInstallation,
  type RunningFixture,
  removePlaced,
  runFixture,
  startFixture,
} from './fixture';
export { type FuzzParameters, fuzz } from './fuzzing';
export {
  anyRuntime,
  defaultNode,
  type Installation,
  installationFolder,
  MODULES_OF_PG_OTEL,
  onePerMajorVersion,
  type Runtime,
  repository,
  runtimes,
  sdkVersions,
  titled,
} from './installations';
export { type NeonEndpoint, type NeonEndpointStats, startNeonEndpoint } from './neon-endpoint';
export { type NeonStage, startNeonStage } from './neon-stage';
export { type OtlpCapture, startOtlpCapture } from './otlp-capture';
export { decodeProtobuf } from './otlp-protobuf';
export type {
  Attributes,
  AttributeValue,
  CapturedLog,
  CapturedMetric,
  CapturedPoint,
  CapturedSpan,
} from './otlp-records';
export { pollUntil } from './poll';
export { freePort, type PostgresOptions, type PostgresServer, startPostgres } from './postgres';
export type { PostgresVersion } from './postgres-binaries';
export { type PrometheusSample, type PrometheusStandIn, startPrometheusStandIn } from './prometheus-stand-in';
export {
  type RecordedEvent,
  type RecordedPoint,
  type RecordedSpan,
  type Recorder,
  startRecorder,
} from './recorder';
export {
  type ReportingApplicationOptions,
  saidBy,
  startReportingApplication,
} from './reporting-application';
export { type LoggedStatement, readServerLog, type ServerLog } from './server-log';
export { type AlertBridgeOptions, startAlertBridge } from './servers/alert-bridge';
export {
  type Alertmanager,
  type AlertmanagerAlert,
  type AlertmanagerOptions,
  amtool,
  type PostableAlert,
  startAlertmanager,
} from './servers/alertmanager';
export {
  type Collector,
  type CollectorOptions,
  startCollector,
  validateCollector,
} from './servers/collector';
export type { ConfigSource } from './servers/config-source';
export { type Jaeger, startJaeger } from './servers/jaeger';
export {
  type PgBouncer,
  type PgBouncerOptions,
  startPgBouncer,
} from './servers/pgbouncer';
export {
  type ProfileCollector,
  type ProfileCollectorOptions,
  prometheusConfigAt,
  startProfileCollector,
} from './servers/profile-collector';
export { haveServers, type ProgramResult, type ServerName } from './servers/programs';
export {
  type Prometheus,
  type PrometheusAlert,
  type PrometheusOptions,
  type PrometheusVersion,
  promtool,
  startPrometheus,
} from './servers/prometheus';
export { type ServerProcess, startServerProcess } from './servers/server-process';
export {
  type Notification,
  startWebhookReceiver,
  type WebhookBody,
  type WebhookReceiver,
} from './servers/webhook-receiver';
export { traceOutline } from './trace-outline';
