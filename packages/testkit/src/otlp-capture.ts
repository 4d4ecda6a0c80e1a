import { once } from 'node:events';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { HANG_LIMIT_MILLIS } from './hang-limit';
import { decodeProtobuf } from './otlp-protobuf';
import {
  type CapturedLog,
  type CapturedMetric,
  type CapturedSpan,
  readLogs,
  readMetrics,
  readSpans,
} from './otlp-records';
import { Waiting } from './waiting';

export interface OtlpCapture {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly url: string;
  /** Variables with which a child process exports to this capture: endpoint and protocol. */
  readonly env: Readonly<Record<string, string>>;
  /** Everything received since the start or the last `clear()`, in order of arrival. */
  spans(): readonly CapturedSpan[];
  metrics(): readonly CapturedMetric[];
  logs(): readonly CapturedLog[];
  /**
   * Calls the predicate after each request, and resolves with its first result that is neither undefined nor false.
   * @throws when the time is over, with the names of everything received
   */
  waitFor<T>(predicate: (capture: OtlpCapture) => T | undefined | false, timeoutMillis?: number): Promise<T>;
  clear(): void;
  stop(): Promise<void>;
}

/** An OTLP/HTTP endpoint (JSON and protobuf) that keeps what it receives. */
export async function startOtlpCapture(): Promise<OtlpCapture> {
  const spans: CapturedSpan[] = [];
  const metrics: CapturedMetric[] = [];
  const logs: CapturedLog[] = [];
  const waiting = new Waiting();
  const keep = {
    traces: (request: unknown) => append(spans, readSpans(request)),
    metrics: (request: unknown) => append(metrics, readMetrics(request)),
    logs: (request: unknown) => append(logs, readLogs(request, Date.now())),
  };

  const server = http.createServer(async (request, response) => {
    const signal = request.url?.match(/^\/v1\/(traces|metrics|logs)$/)?.[1] as keyof typeof keep | undefined;
    if (request.method !== 'POST' || signal === undefined) {
      request.resume();
      response.writeHead(404).end();
      return;
    }
    const isJson = request.headers['content-type']?.startsWith('application/json') ?? false;
    try {
      const sent = await buffer(request);
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
      keep[signal](isJson ? JSON.parse(body.toString('utf8')) : decodeProtobuf(signal, body));
    } catch (error) {
      response.writeHead(400, { 'content-type': 'text/plain' }).end(String(error));
      return;
    }
    response
      .writeHead(200, { 'content-type': isJson ? 'application/json' : 'application/x-protobuf' })
      .end(isJson ? '{}' : '');
    waiting.arrived();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const capture: OtlpCapture = {
    url,
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' },
    spans: () => spans,
    metrics: () => metrics,
    logs: () => logs,
    waitFor<T>(
      predicate: (capture: OtlpCapture) => T | undefined | false,
      timeoutMillis = HANG_LIMIT_MILLIS,
    ): Promise<T> {
      return waiting.waitFor(
        () => predicate(capture),
        timeoutMillis,
        () => `Not received within ${timeoutMillis} ms. Received: ${inventory(capture)}`,
      );
    },
    clear() {
      for (const records of [spans, metrics, logs]) records.length = 0;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return capture;
}

function append<T>(records: T[], more: readonly T[]): void {
  for (const record of more) records.push(record);
}

function inventory(capture: OtlpCapture): string {
  const names = (records: readonly { name: string }[]) =>
    [...new Set(records.map(({ name }) => name))].join(', ');
  const events = [...new Set(capture.logs().map(({ eventName }) => eventName))].join(', ');
  return `spans (${names(capture.spans())}), metrics (${names(capture.metrics())}), logs (${events})`;
}
