import type { SignalName } from '../api-registry';
import { variable } from '../environment';
import { assertSdkHas, isBundled, requireSdk, type SdkPackage } from '../sdk/require-sdk';
import { OTLP_PROTOCOLS } from '../settings/settings';
import { warn } from '../warnings';
import { type LoadedLater, loadLater } from './loaded-later';
import { partRejected, watchExports } from './outages';
import { onPartialSuccess } from './partial-success';
import { limitGrpc, unrefHttp } from './unref';

export type OtlpProtocol = (typeof OTLP_PROTOCOLS)[number];

/** Signals and protocols in the names of the exporters' packages. */
const packagePart = { traces: 'trace', metrics: 'metrics', logs: 'logs' } as const;
const packageEnd = { 'http/protobuf': 'proto', 'http/json': 'http', grpc: 'grpc' } as const;
const className = {
  traces: 'OTLPTraceExporter',
  metrics: 'OTLPMetricExporter',
  logs: 'OTLPLogExporter',
} as const;

/** Variables with the path of a file. */
const FILES = ['CERTIFICATE', 'CLIENT_CERTIFICATE', 'CLIENT_KEY'] as const;

export function otlpProtocol(signal: SignalName): OtlpProtocol {
  const written = [`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_PROTOCOL`, 'OTEL_EXPORTER_OTLP_PROTOCOL'].map(
    variable,
  );
  return written.flatMap((word) => OTLP_PROTOCOLS.filter((name) => name === word))[0] ?? 'http/protobuf';
}

/** The variable that applies to a signal: the signal's own if it is set, else the common one. */
export function settingName(
  signal: SignalName,
  setting: 'TIMEOUT' | 'ENDPOINT' | (typeof FILES)[number],
): string {
  const ofSignal = `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${setting}`;
  return variable(ofSignal) === undefined ? `OTEL_EXPORTER_OTLP_${setting}` : ofSignal;
}

export interface OtlpEndpoint {
  readonly url: URL;
  /** Where the URL comes from; `replaced` means that the environment has something that is not a URL. */
  readonly origin: 'environment' | 'default' | 'replaced';
}

/**
 * The endpoint of a signal, by the rules of the specification: the signal's own endpoint is used as it is; over HTTP, the
 * common endpoint gets a path for each signal.
 */
export function otlpEndpoint(signal: SignalName): OtlpEndpoint {
  const isGrpc = otlpProtocol(signal) === 'grpc';
  const name = settingName(signal, 'ENDPOINT');
  const written = variable(name);
  const accepted = readEndpoint(written, isGrpc);
  const fallback = isGrpc ? 'http://localhost:4317' : 'http://localhost:4318';
  const url = accepted ?? new URL(fallback);
  const isOwn = accepted !== undefined && name !== 'OTEL_EXPORTER_OTLP_ENDPOINT';
  if (!isOwn && !isGrpc) url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/${signal}`;
  if (accepted !== undefined) return { url, origin: 'environment' };
  if (written === undefined) return { url, origin: 'default' };
  // The value is not repeated, because URLs may contain keys.
  warn('PG_OTEL_SETTING', `${name} (from the environment) must be a URL such as ${fallback}; using that`);
  return { url, origin: 'replaced' };
}

/**
 * Whether the exporter reads files when it is created. After the start, the application may have another working folder or
 * no right to read them. An exporter for gRPC reads them when it sends the first time.
 */
function readsFiles(signal: SignalName): boolean {
  return otlpProtocol(signal) !== 'grpc' && FILES.some((file) => variable(settingName(signal, file)));
}

/** A gRPC target may have any scheme that gRPC accepts, or none. */
function readEndpoint(written: string | undefined, isGrpc: boolean): URL | undefined {
  if (written === undefined) return undefined;
  const withScheme = isGrpc && !/^[a-z][a-z0-9+.-]*:\/\//i.test(written) ? `http://${written}` : written;
  if (!URL.canParse(withScheme)) return undefined;
  const url = new URL(withScheme);
  return isGrpc || url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined;
}

interface OtlpExporterOptions {
  /** Changes the exporter after it is loaded. */
  readonly prepare?: (exporter: object) => void;
  /** Whether its methods are needed before the first export. */
  readonly isNeededAtStart?: boolean;
}

/**
 * Creates the OTLP exporter of a signal. It reads endpoint, headers, certificates, compression and timeout from the
 * environment. It is loaded after the start, except with certificates and in a bundle, where nothing has to be found in files.
 * @throws when its package is not installed
 */
export function createOtlpExporter<Created extends LoadedLater>(
  signal: SignalName,
  { prepare, isNeededAtStart = isBundled }: OtlpExporterOptions = {},
): Created {
  const protocol = otlpProtocol(signal);
  const name: SdkPackage = `@opentelemetry/exporter-${packagePart[signal]}-otlp-${packageEnd[protocol]}`;
  const { url, origin } = otlpEndpoint(signal);
  const destination = { signal, url, endpointSetting: settingName(signal, 'ENDPOINT') };
  const isTimeoutSet = variable(settingName(signal, 'TIMEOUT')) !== undefined;
  const load = () => {
    const exported = requireSdk(name) as Record<string, new (options: { url?: string }) => Created>;
    const OtlpExporter = exported[className[signal]];
    if (OtlpExporter === undefined) throw new Error(`${name} has no ${className[signal]}`);
    const exporter = new OtlpExporter(origin === 'replaced' ? { url: url.href } : {});
    prepare?.(exporter);
    onPartialSuccess(exporter, () => partRejected(destination));
    return protocol === 'grpc' ? limitGrpc(exporter, isTimeoutSet) : unrefHttp(exporter);
  };
  const isLoadedAtStart = isNeededAtStart || readsFiles(signal);
  if (!isLoadedAtStart) assertSdkHas(name);
  const exporter = isLoadedAtStart ? load() : (loadLater(load) as Created);
  return watchExports(exporter, destination);
}
