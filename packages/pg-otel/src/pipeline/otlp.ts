import { oneOf, text } from '../environment';
import { requireSdk } from '../sdk';
import { limitGrpc } from './limit-grpc';
import { unrefHttp } from './unref-http';

export type Signal = 'traces' | 'metrics' | 'logs';

const protocols = ['http/protobuf', 'http/json', 'grpc'] as const;
export type OtlpProtocol = (typeof protocols)[number];

/** What the packages of the exporters call a signal and a protocol. */
const packagePart = { traces: 'trace', metrics: 'metrics', logs: 'logs' } as const;
const packageEnd = { 'http/protobuf': 'proto', 'http/json': 'http', grpc: 'grpc' } as const;
const className = {
  traces: 'OTLPTraceExporter',
  metrics: 'OTLPMetricExporter',
  logs: 'OTLPLogExporter',
} as const;

export function otlpProtocol(signal: Signal): OtlpProtocol {
  return oneOf(settingName(signal, 'PROTOCOL'), protocols, 'http/protobuf');
}

/** The variable that decides for a signal: its own when set, otherwise the one for all. */
export function settingName(signal: Signal, setting: 'PROTOCOL' | 'TIMEOUT' | 'ENDPOINT'): string {
  const ofSignal = `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${setting}`;
  return text(ofSignal) === undefined ? `OTEL_EXPORTER_OTLP_${setting}` : ofSignal;
}

/** The OTLP exporter of a signal; endpoint, headers, certificates, compression and timeout it reads from the environment. */
export function createOtlpExporter<Exporter extends object>(signal: Signal): Exporter {
  const protocol = otlpProtocol(signal);
  const name = `@opentelemetry/exporter-${packagePart[signal]}-otlp-${packageEnd[protocol]}`;
  const exported = requireSdk(name) as Record<string, new () => Exporter>;
  const OtlpExporter = exported[className[signal]];
  if (OtlpExporter === undefined) throw new Error(`${name} has no ${className[signal]}`);
  const exporter = new OtlpExporter();
  if (protocol !== 'grpc') return unrefHttp(exporter);
  return limitGrpc(exporter, text(settingName(signal, 'TIMEOUT')) !== undefined);
}
