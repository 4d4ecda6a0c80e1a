/**
 * Every private field of OpenTelemetry's packages that pg-otel uses. None is a public interface, so each is checked
 * before it is used: when one is missing or is no longer a function, the caller gets `undefined` and leaves the SDK's
 * own behaviour as it is. `sdk-internals.test.ts` fails when a supported major version moves one of them.
 */
import type { Agent, Server } from 'node:http';

export interface ExportResponse {
  readonly status: string;
  readonly error?: unknown;
}

export type Send = (data: Uint8Array, timeoutMillis: number) => Promise<ExportResponse>;

/** The parts of an OTLP/HTTP exporter, as `@opentelemetry/otlp-exporter-base` assembles them. */
export interface HttpExporterInternals {
  /** Repeats a failed request after a time (`retrying-transport.ts`). */
  readonly retrying: {
    retry(data: Uint8Array, timeoutMillis: number, inMillis: number): Promise<ExportResponse>;
  };
  /** Sends one request (`http-exporter-transport.ts`). */
  readonly transport: { send: Send };
  readonly parameters: { agentFactory(protocol: string): Agent | Promise<Agent> };
}

export function httpExporterInternals(exporter: object): HttpExporterInternals | undefined {
  const retrying = path(exporter, '_delegate', '_transport');
  const transport = path(retrying, '_transport');
  const parameters = path(transport, '_parameters');
  return hasMethod(retrying, 'retry') && hasMethod(transport, 'send') && hasMethod(parameters, 'agentFactory')
    ? ({ retrying, transport, parameters } as never)
    : undefined;
}

/** The part of an OTLP/gRPC exporter that makes one call (`grpc-exporter-transport.ts`). */
export function grpcTransport(exporter: object): { send: Send } | undefined {
  const transport = path(exporter, '_delegate', '_transport');
  return hasMethod(transport, 'send') ? (transport as never) : undefined;
}

/** How an OTLP exporter encodes a request, and decodes the response (`i-serializer.ts` of `@opentelemetry/otlp-transformer`). */
export interface OtlpSerializer<Request> {
  serializeRequest(request: Request): Uint8Array | undefined;
  deserializeResponse(data: Uint8Array): unknown;
}

/** The part of an OTLP exporter that holds its serializer. */
export function serializing<Request>(exporter: object): { _serializer: OtlpSerializer<Request> } | undefined {
  const delegate = path(exporter, '_delegate');
  const serializer = path(delegate, '_serializer');
  return hasMethod(serializer, 'serializeRequest') && hasMethod(serializer, 'deserializeResponse')
    ? (delegate as never)
    : undefined;
}

/** The HTTP server of the Prometheus exporter. */
export function prometheusServer(exporter: object): Server | undefined {
  const server = path(exporter, '_server');
  return hasMethod(server, 'on') ? (server as never) : undefined;
}

/** A module that an instrumentation patches; it has exports once it was loaded and patched. */
export interface InstrumentedModule {
  readonly name: string;
  readonly moduleExports?: unknown;
}

/** The modules of an instrumentation that extends `InstrumentationBase`. */
export function instrumentedModules(instrumentation: object): readonly InstrumentedModule[] {
  const modules = path(instrumentation, '_modules');
  return Array.isArray(modules) ? modules : [];
}

/** How an instrumentation that extends `InstrumentationBase` replaces a method and takes the replacement off again. */
export interface Wrapping {
  _wrap(target: object, name: PropertyKey, wrapper: unknown): unknown;
  _unwrap(target: object, name: PropertyKey): unknown;
}

export function wrappingOf(instrumentation: object): Wrapping | undefined {
  return hasMethod(instrumentation, '_wrap') && hasMethod(instrumentation, '_unwrap')
    ? (instrumentation as Wrapping)
    : undefined;
}

function path(start: unknown, ...names: readonly string[]): unknown {
  return names.reduce(
    (value, name) => (typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined),
    start,
  );
}

function hasMethod(value: unknown, name: string): boolean {
  return typeof path(value, name) === 'function';
}
