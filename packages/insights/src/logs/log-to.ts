import { CHANNELS, type EventMessage, type PoolRecoveryMessage } from '@pg-otel/instrumentation/channels';
import { follow } from '../feed';
import { warnOfInternalError } from '../warnings';

type Level = 'info' | 'warn' | 'error';

/** A logger with the methods of pino, winston or `console`. */
export type Logger = { readonly [Method in Level]: (...args: never[]) => unknown };

/** What is logged next to the sentence. Names are those of OpenTelemetry's log correlation where it has one. */
interface Fields {
  readonly event: string;
  readonly trace_id?: string;
  readonly span_id?: string;
  readonly summary?: string;
  readonly duration_seconds?: number;
  readonly pool?: string;
  readonly error_type?: string;
}

/** From this threshold on, a slow operation is logged as an error. In seconds. */
const CRITICAL_SECONDS = 5;

/** Failed queries are the application's to log. */
const LOGGED_FAILURES: readonly unknown[] = ['connect', 'acquire'];

/**
 * Logs slow operations, failed connections, connections that are held too long, and changes of managed pools: a sentence,
 * with trace id, summary, duration and pool. pino and winston get them as fields, other loggers as text.
 *
 * @returns a function that ends it
 * @throws {TypeError} for an object without `info`, `warn` and `error`
 * @example
 * logTo(pino());
 */
export function logTo(logger: Logger): () => void {
  const writeRaw = writerFor(logger);
  const write: Write = (level, sentence, fields) =>
    writeRaw(level, inOneLine(sentence), textsInOneLine(fields));
  return follow(
    {
      [CHANNELS.event](message: EventMessage) {
        const level = levelOf(message);
        if (level !== undefined) write(level, message.body, fieldsOf(message));
      },
      [CHANNELS.poolRecovery]({ poolName, durationSeconds, connections }: PoolRecoveryMessage) {
        const opened = connections === 1 ? 'a connection' : `${connections} connections`;
        const sentence = `Pool ${poolName} recovered after ${durationSeconds.toFixed(1)} s, ${opened} opened again`;
        write('info', sentence, {
          event: 'pg_otel.pool.recovered',
          pool: poolName,
          duration_seconds: durationSeconds,
        });
      },
    },
    warnOfInternalError,
  );
}

function levelOf({ name, severity, attributes }: EventMessage): Level | undefined {
  switch (name) {
    case 'db.client.operation.exception':
      return LOGGED_FAILURES.includes(attributes['pg_otel.operation.kind']) ? 'error' : undefined;
    case 'pg_otel.operation.slow':
      return Number(attributes['pg_otel.operation.limit']) >= CRITICAL_SECONDS ? 'error' : 'warn';
    default:
      return severity === 'WARN' ? 'warn' : 'info';
  }
}

function fieldsOf({ name, attributes, traceId, spanId }: EventMessage): Fields {
  const text = (key: string) => (attributes[key] === undefined ? undefined : String(attributes[key]));
  const duration = attributes['pg_otel.operation.elapsed'] ?? attributes['pg_otel.connection.held_time'];
  const fields = {
    event: name,
    trace_id: traceId,
    span_id: spanId,
    summary: text('db.query.summary'),
    duration_seconds: duration === undefined ? undefined : Number(duration),
    pool: text('db.client.connection.pool.name'),
    error_type: text('error.type'),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

/** Names that a statement quotes may contain line ends, which would begin another entry in a log of lines. */
const inOneLine = (text: string): string =>
  text.replace(
    /[\p{Cc}\u2028\u2029]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

const textsInOneLine = (fields: Fields): Fields =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'string' ? inOneLine(value) : value,
    ]),
  ) as never;

type Write = (level: Level, sentence: string, fields: Fields) => void;

function writerFor(logger: Logger): Write {
  const methods = logger as unknown as Record<string, unknown>;
  for (const method of ['info', 'warn', 'error']) {
    if (typeof methods?.[method] !== 'function') {
      throw new TypeError(
        'logger must have the methods info, warn and error, as pino, winston and console do',
      );
    }
  }
  const call = (level: Level, ...args: unknown[]) =>
    (logger[level] as (...args: unknown[]) => unknown)(...args);
  // pino: https://getpino.io/#/docs/api?id=logger-bindings
  if (typeof methods['bindings'] === 'function')
    return (level, sentence, fields) => call(level, fields, sentence);
  // winston: https://github.com/winstonjs/winston#creating-your-own-logger
  if (methods['transports'] !== undefined) return (level, sentence, fields) => call(level, sentence, fields);
  return (level, sentence, { event: _, ...fields }) => {
    const context = Object.entries(fields).map(([name, value]) => `${name}=${value}`);
    call(level, [`pg-otel: ${sentence}`, ...context].join(' '));
  };
}
