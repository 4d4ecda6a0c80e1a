import { type CapturedSpan, readSpans } from '../otlp-records';
import { configFile } from './config-source';
import { serverProgram } from './programs';
import { answersOk, type ServerProcess, startServerProcess } from './server-process';

export interface Jaeger extends ServerProcess<'otlpGrpc' | 'otlpHttp' | 'query' | 'queryGrpc'> {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT` (OTLP/HTTP). */
  readonly url: string;
  /** Of the query API and, in builds that have one, the user interface. */
  readonly queryUrl: string;
  /** The spans of a trace, none when it has not arrived (yet). */
  trace(traceId: string): Promise<CapturedSpan[]>;
}

/**
 * Jaeger's own all-in-one configuration listens on a dozen ports that cannot be chosen, and answers a batch of spans
 * before it has stored them; this is the part of it that is needed. By default it also traces its own queries, to
 * the process that listens on port 4317. Without one, it takes ten seconds to stop.
 */
const config = `
extensions:
  jaeger_storage: {backends: {memory: {memory: {max_traces: 10000}}}}
  jaeger_query:
    storage: {traces: memory}
    enable_tracing: false
    http: {endpoint: "127.0.0.1:\${env:QUERY_PORT}"}
    grpc: {endpoint: "127.0.0.1:\${env:QUERY_GRPC_PORT}"}
receivers:
  otlp:
    protocols:
      grpc: {endpoint: "127.0.0.1:\${env:OTLP_GRPC_PORT}"}
      http: {endpoint: "127.0.0.1:\${env:OTLP_HTTP_PORT}"}
exporters:
  jaeger_storage_exporter: {trace_storage: memory}
service:
  extensions: [jaeger_storage, jaeger_query]
  telemetry: {metrics: {level: none}}
  pipelines:
    traces: {receivers: [otlp], exporters: [jaeger_storage_exporter]}
`;

/** Starts Jaeger 2 with its traces in memory: a restart loses them. @throws when it does not start, with its log */
export async function startJaeger(): Promise<Jaeger> {
  const server = await startServerProcess({
    name: 'jaeger',
    program: serverProgram('jaeger', 'jaeger'),
    ports: ['otlpGrpc', 'otlpHttp', 'query', 'queryGrpc'],
    args: ({ folder }) => [`--config=${configFile({ text: config }, folder, 'jaeger.yaml')}`],
    env: ({ ports }) => ({
      OTLP_GRPC_PORT: String(ports.otlpGrpc),
      OTLP_HTTP_PORT: String(ports.otlpHttp),
      QUERY_PORT: String(ports.query),
      QUERY_GRPC_PORT: String(ports.queryGrpc),
    }),
    isReady: async ({ ports }, log) =>
      log.includes('Everything is ready') &&
      (await answersOk(`http://127.0.0.1:${ports.query}/api/v3/services`)),
  });
  const queryUrl = `http://127.0.0.1:${server.ports.query}`;
  return Object.assign(server, {
    url: `http://127.0.0.1:${server.ports.otlpHttp}`,
    queryUrl,
    async trace(traceId: string) {
      const response = await server.fetch(`${queryUrl}/api/v3/traces/${traceId}`);
      if (response.status === 404) return [];
      if (!response.ok) throw new Error(`Jaeger answered ${response.status}: ${await response.text()}`);
      return readSpans(((await response.json()) as { result: unknown }).result);
    },
  });
}
