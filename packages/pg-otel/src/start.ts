import { notStarted } from './not-started';
import { type StartOptions, validateOptions } from './options';

/** What `start()` has started. */
export interface PgOtel {
  /** Sends what is waiting: spans, log records and the present state of the metrics. Never rejects. */
  forceFlush(): Promise<void>;
  /** Sends what is waiting and stops for good; the process can end without it. Never rejects. */
  shutdown(): Promise<void>;
}

/** One per process (and worker thread), also when two copies of this package are loaded. */
const STARTED = Symbol.for('pg-otel.started');
const started = globalThis as { [STARTED]?: PgOtel };

/** What was started in this process, by `start()` or `pg-otel/register`. */
export const runningPgOtel = (): PgOtel | undefined => started[STARTED];

/**
 * Starts OpenTelemetry for this process: a NodeSDK configured by the standard `OTEL_*` variables, with the Postgres
 * instrumentation. Call it before `pg` is loaded; `node --import pg-otel/register` does both for you.
 *
 * It leaves the process to live and die as without it: docs/explanation/process-lifecycle.md. When OpenTelemetry cannot be started, a
 * process warning (`PG_OTEL_NOT_STARTED`) gives the reason, and the application runs without telemetry.
 *
 * @example
 * require('pg-otel').start({ resourceAttributes: { 'service.name': 'orders' } });
 * @throws TypeError for an option that does not exist or a value that is not accepted
 */
export function start(options: StartOptions = {}): PgOtel {
  validateOptions(options);
  try {
    started[STARTED] = startOnce(options, runningPgOtel());
  } catch (error) {
    if (isInvalidOption(error)) throw error;
    notStarted(error);
    started[STARTED] = idle;
  }
  return started[STARTED];
}

const idle: PgOtel = { forceFlush: async () => {}, shutdown: async () => {} };

/**
 * Everything else is required here, not imported: a package that is missing, or that a bundler has left out, then is
 * an error that `start()` catches, and not one of the application's own import.
 */
function startOnce(options: StartOptions, running: PgOtel | undefined): PgOtel {
  if (running !== undefined) {
    const { warn }: typeof import('./warnings') = require('./warnings');
    warn(
      'PG_OTEL_STARTED_TWICE',
      'pg-otel was started before in this process (by pg-otel/register?); that one stays, the options of this call are not used.',
    );
    return running;
  }
  const { isHooksThread }: typeof import('./process/hooks-thread') = require('./process/hooks-thread');
  const { isTrue }: typeof import('./environment') = require('./environment');
  if (isHooksThread || isTrue('OTEL_SDK_DISABLED')) return idle;
  const { launch }: typeof import('./launch') = require('./launch');
  return launch(options);
}

/** What the instrumentation throws for an option of its own, as documented. */
function isInvalidOption(error: unknown): boolean {
  return error instanceof TypeError && 'code' in error && error.code === 'PG_OTEL_INVALID_OPTION';
}
