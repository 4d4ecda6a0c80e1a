import { text } from '../environment';
import { requireSdk, type SdkPackage } from '../sdk';
import { OTLP_PROTOCOLS } from '../settings/settings';
import { warn } from '../warnings';
import { limitGrpc } from './limit-grpc';
import { follow } from './receiver';
import { unrefHttp } from './unref-http';

export type Signal = 'traces' | 'metrics' | 'logs';

export type OtlpProtocol = (typeof OTLP_PROTOCOLS)[number];

/** What the packages of the exporters call a signal and a protocol. */
const packagePart = { traces: 'trace', metrics: 'metrics', logs: 'logs' } as const;
const packageEnd = { 'http/protobuf': 'proto', 'http/json': 'http', grpc: 'grpc' } as const;
const className = {
  traces: 'OTLPTraceExporter',
  metrics: 'OTLPMetricExporter',
  logs: 'OTLPLogExporter',
} as const;

export function otlpProtocol(signal: Signal): OtlpProtocol {
  const written = [`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_PROTOCOL`, 'OTEL_EXPORTER_OTLP_PROTOCOL'].map(
    text,
  );
  return written.flatMap((word) => OTLP_PROTOCOLS.filter((name) => name === word))[0] ?? 'http/protobuf';
}

/** The variable that decides for a signal: its own when set, otherwise the one for all. */
export function settingName(signal: Signal, setting: 'TIMEOUT' | 'ENDPOINT'): string {
  const ofSignal = `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${setting}`;
  return text(ofSignal) === undefined ? `OTEL_EXPORTER_OTLP_${setting}` : ofSignal;
}

export interface OtlpEndpoint {
  readonly url: URL;
  /** What the environment says, or its absence; `replaced` when that is no URL. */
  readonly origin: 'environment' | 'default' | 'replaced';
}

/** Where a signal goes, after the specification: to its own endpoint as it is, to the common one with a path for HTTP. */
export function otlpEndpoint(signal: Signal): OtlpEndpoint {
  const isGrpc = otlpProtocol(signal) === 'grpc';
  const name = settingName(signal, 'ENDPOINT');
  const written = text(name);
  const accepted = readEndpoint(written, isGrpc);
  const fallback = isGrpc ? 'http://localhost:4317' : 'http://localhost:4318';
  const url = accepted ?? new URL(fallback);
  const isOwn = accepted !== undefined && name !== 'OTEL_EXPORTER_OTLP_ENDPOINT';
  if (!isOwn && !isGrpc) url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/${signal}`;
  if (accepted !== undefined) return { url, origin: 'environment' };
  if (written === undefined) return { url, origin: 'default' };
  // What is written is not repeated: addresses hold keys at times.
  warn('PG_OTEL_SETTING', `${name} (from the environment) must be a URL such as ${fallback}; using that`);
  return { url, origin: 'replaced' };
}

/** A gRPC target may have any scheme gRPC knows, or none. */
function readEndpoint(written: string | undefined, isGrpc: boolean): URL | undefined {
  if (written === undefined) return undefined;
  const withScheme = isGrpc && !/^[a-z][a-z0-9+.-]*:\/\//i.test(written) ? `http://${written}` : written;
  if (!URL.canParse(withScheme)) return undefined;
  const url = new URL(withScheme);
  return isGrpc || url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined;
}

/** The OTLP exporter of a signal; endpoint, headers, certificates, compression and timeout it reads from the environment. */
export function createOtlpExporter<Exporter extends object>(signal: Signal): Exporter {
  const protocol = otlpProtocol(signal);
  const name: SdkPackage = `@opentelemetry/exporter-${packagePart[signal]}-otlp-${packageEnd[protocol]}`;
  const exported = requireSdk(name) as Record<string, new (options: { url?: string }) => Exporter>;
  const OtlpExporter = exported[className[signal]];
  if (OtlpExporter === undefined) throw new Error(`${name} has no ${className[signal]}`);
  const { url, origin } = otlpEndpoint(signal);
  const exporter = new OtlpExporter(origin === 'replaced' ? { url: url.href } : {});
  follow(exporter, { signal, url, endpointSetting: settingName(signal, 'ENDPOINT') });
  if (protocol !== 'grpc') return unrefHttp(exporter);
  return limitGrpc(exporter, text(settingName(signal, 'TIMEOUT')) !== undefined);
}
