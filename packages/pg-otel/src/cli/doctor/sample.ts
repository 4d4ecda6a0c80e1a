import { channel } from 'node:diagnostics_channel';
import { createRequire } from 'node:module';
import path from 'node:path';
import { trace } from '@opentelemetry/api';
import { conditionName } from '@pg-otel/instrumentation';
import { CHANNELS, type OperationEndMessage } from '@pg-otel/instrumentation/channels';
import { globalProviders } from '../../api-registry';
import { aliveWhile } from '../../process/flush';
import { requireSdk } from '../../sdk/require-sdk';
import type { PgOtel } from '../../start';
import type { Finding } from '../finding';
import { installed } from './installed';

/** Sends one span through tracer, processor and exporter, and reports the receiver's answer. */
export async function checkSample(otel: PgOtel): Promise<Finding> {
  const span = trace.getTracer('pg-otel').startSpan('pg-otel doctor');
  const { traceId } = span.spanContext();
  const isRecording = span.isRecording();
  span.end();
  if (!isRecording) {
    return {
      check: 'sample span',
      status: 'note',
      message:
        'not recorded: there is no exporter for traces, or the sampler (OTEL_TRACES_SAMPLER) dropped it',
    };
  }
  const failures = await failuresWhile(async () => globalProviders().get('traces')?.forceFlush?.());
  // There is a warning for each of the other signals that is not delivered.
  await otel.forceFlush();
  if (failures.length === 0) {
    const message = `sent and acknowledged, trace ${traceId}`;
    return { check: 'sample span', status: 'ok', message, details: { traceId } };
  }
  return {
    check: 'sample span',
    status: 'problem',
    message: `not delivered: ${failures.join('; ')}`,
    advice: 'Set OTEL_EXPORTER_OTLP_HEADERS for status 401 or 403. For details set OTEL_LOG_LEVEL=debug.',
    details: { traceId, failures },
  };
}

/** The errors of the exporters meanwhile, by status or code, without the receiver's text. */
async function failuresWhile(run: () => Promise<void>): Promise<string[]> {
  const { setGlobalErrorHandler, loggingErrorHandler } = requireSdk('@opentelemetry/core');
  const failures = new Set<string>();
  setGlobalErrorHandler((error) => failures.add(nameOf(error)));
  try {
    await aliveWhile(run());
  } catch (error) {
    // Of the SDK's own processors, with a configuration file.
    for (const each of [error].flat()) failures.add(nameOf(each));
  }
  setGlobalErrorHandler(loggingErrorHandler());
  return [...failures];
}

function nameOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === 'number') return `answered with status ${code}`;
  return typeof code === 'string' ? code : String(message);
}

/** Runs `SELECT 1` with the application's driver on its database. */
export async function checkQuery(cwd: string): Promise<Finding> {
  const check = 'query';
  const servers = ['pg', 'postgres', '@neondatabase/serverless'];
  if (!servers.some((name) => installed(name, cwd) !== undefined)) {
    return {
      check,
      status: 'note',
      message: 'not run: PGlite has no server, and only the application opens its database',
    };
  }
  const spanEnds: OperationEndMessage[] = [];
  const listener = (message: unknown) => void spanEnds.push(message as OperationEndMessage);
  const ends = channel(CHANNELS.operationEnd);
  ends.subscribe(listener);
  try {
    await selectOne(cwd);
  } catch (error) {
    const { code } = error as { code?: string };
    return {
      check,
      status: 'problem',
      message: `SELECT 1 failed: ${named(code) ?? (error as Error).name}`,
      advice:
        'Set DATABASE_URL or PGHOST, PGUSER, PGPASSWORD and PGDATABASE to the values of the application.',
    };
  } finally {
    ends.unsubscribe(listener);
  }
  const seen = spanEnds.find(({ kind }) => kind === 'query');
  if (seen === undefined) {
    return { check, status: 'problem', message: 'SELECT 1 ran, but the instrumentation did not report it' };
  }
  const millis = Math.round(seen.durationSeconds * 1_000);
  return {
    check,
    status: 'ok',
    message: `SELECT 1 on ${seen.serverAddress} in ${millis} ms, reported by the instrumentation`,
  };
}

/** `28P01 (invalid_password)`; other codes stay as they are. */
function named(code: string | undefined): string | undefined {
  const condition = code && conditionName(code);
  return condition === undefined ? code : `${code} (${condition})`;
}

interface Pg {
  Client: new (
    config: object,
  ) => { connect(): Promise<void>; query(text: string): Promise<unknown>; end(): Promise<void> };
}
type Postgres = (...args: object[] | [string, object]) => {
  unsafe(text: string): Promise<unknown>;
  end(options: { timeout: number }): Promise<void>;
};
interface Neon {
  neon(connectionString: string): { query(text: string): Promise<unknown> };
}

async function selectOne(cwd: string): Promise<void> {
  const load = createRequire(path.join(cwd, 'index.js'));
  const connectionString = process.env['DATABASE_URL'];
  const isInstalled = (name: string) => installed(name, cwd) !== undefined;
  if (!isInstalled('pg') && isInstalled('postgres')) {
    const postgres = load('postgres') as Postgres;
    const options = { max: 1, connect_timeout: 5, fetch_types: false };
    const sql = connectionString ? postgres(connectionString, options) : postgres(options);
    try {
      await sql.unsafe('SELECT 1');
    } finally {
      await sql.end({ timeout: 0 });
    }
    return;
  }
  if (!isInstalled('pg')) {
    const { neon } = load('@neondatabase/serverless') as Neon;
    await neon(connectionString ?? '').query('SELECT 1');
    return;
  }
  const { Client } = load('pg') as Pg;
  const client = new Client({
    connectionTimeoutMillis: 5_000,
    ...(connectionString && { connectionString }),
  });
  await client.connect();
  try {
    await client.query('SELECT 1');
  } finally {
    await client.end();
  }
}
