import { type EventEmitter, once } from 'node:events';
import {
  type PostgresOptions,
  type PostgresServer,
  type RecordedPoint,
  type RecordedSpan,
  type Recorder,
  startPostgres,
  startRecorder,
} from '@pg-otel/testkit';
import pg from 'pg';
import { instrument, PostgresInstrumentation, type PostgresInstrumentationConfig } from '../../src';

/** The defaults that differ in Jest. */
const OUTSIDE_JEST: PostgresInstrumentationConfig = { diagnose: true };

/** An instrumented pg in this process, a real Postgres, and what was recorded of both. */
export interface Instrumented {
  readonly server: PostgresServer;
  readonly recorder: Recorder;
  readonly instrumentation: PostgresInstrumentation;
  /** The attributes that everything about this server has. */
  readonly target: Readonly<Record<string, string | number>>;
  /** Options for this test only; the next call replaces them. */
  configure(config?: PostgresInstrumentationConfig): void;
  /** Points of one metric, collected now. */
  points(name: string, attributes?: Readonly<Record<string, unknown>>): Promise<RecordedPoint[]>;
  /** Ended spans of CLIENT kind that are queries. */
  queries(): RecordedSpan[];
  stop(): Promise<void>;
}

export async function startInstrumented(options: PostgresOptions = {}): Promise<Instrumented> {
  ignorePoolNames();
  const server = await startPostgres({ database: 'shop', ...options });
  const recorder = startRecorder();
  const instrumentation = new PostgresInstrumentation(OUTSIDE_JEST);
  instrumentation.setTracerProvider(recorder.tracerProvider);
  instrumentation.setMeterProvider(recorder.meterProvider);
  instrumentation.setLoggerProvider(recorder.loggerProvider);
  instrument(pg);
  return {
    server,
    recorder,
    instrumentation,
    target: {
      'db.system.name': 'postgresql',
      'db.namespace': 'shop',
      'server.address': server.host,
      'server.port': server.port,
    },
    configure: (config = {}) => instrumentation.setConfig({ ...OUTSIDE_JEST, ...config }),
    async points(name, attributes = {}) {
      const points = await recorder.points();
      return points.filter(
        (point) =>
          point.name === name &&
          Object.entries(attributes).every(([key, value]) => point.attributes[key] === value),
      );
    },
    queries: () =>
      recorder.spans().filter(({ name, kind }) => kind === 'CLIENT' && !name.startsWith('connect ')),
    async stop() {
      instrumentation.disable();
      await recorder.shutdown();
      await server.stop();
    },
  };
}

/** These tests open several pools of one database. The warning about their equal names is not their subject. */
function ignorePoolNames(): void {
  const emitWarning = process.emitWarning.bind(process) as (...args: unknown[]) => void;
  jest.spyOn(process, 'emitWarning').mockImplementation((...args: unknown[]) => {
    if ((args[1] as { code?: string } | undefined)?.code !== 'PG_OTEL_POOL_NAME') emitWarning(...args);
  });
}

/** Resolves when the server has sent a message of this name (pg lib/connection.js) to the client. */
export async function serverMessage(client: pg.ClientBase, name: string): Promise<void> {
  await once((client as unknown as { connection: EventEmitter }).connection, name);
}
