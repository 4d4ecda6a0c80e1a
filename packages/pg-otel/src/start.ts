import { isTrue } from './environment';
import { warnOfFailedStart } from './not-started';
import { type StartOptions, validateOptions } from './options';
import { isHooksThread } from './process/hooks-thread';
import { setVariablesOfPm2 } from './process/pm2';
import { warn } from './warnings';

/** Controls the OpenTelemetry SDK that `start()` has started. */
export interface PgOtel {
  /** Exports all collected spans, log records and the current metrics. The promise never rejects. */
  forceFlush(): Promise<void>;
  /**
   * Exports all collected telemetry and stops the SDK. You do not need to call it before the process ends. The promise
   * never rejects.
   */
  shutdown(): Promise<void>;
}

/** One per process (and worker thread), even if two copies of this package are loaded. */
const STARTED = Symbol.for('pg-otel.started');
const started = globalThis as { [STARTED]?: PgOtel };

/** The instance that `start()` or `pg-otel/register` has started in this process, if any. */
export const runningPgOtel = (): PgOtel | undefined => started[STARTED];

/**
 * Starts OpenTelemetry in this process: a NodeSDK that is configured by the standard `OTEL_*` variables and contains the
 * Postgres instrumentation. Call it before `pg` is loaded. `node --import pg-otel/register` calls it early enough.
 *
 * The process ends when and how it would end without pg-otel. If OpenTelemetry cannot be started, a process warning
 * (`PG_OTEL_NOT_STARTED`) gives the reason, and the application runs without telemetry. A second call in the same
 * process warns (`PG_OTEL_STARTED_TWICE`) and returns the instance of the first one.
 *
 * @param options Options beyond the environment variables. Default: none.
 * @returns The instance, with `forceFlush()` and `shutdown()`.
 * @example
 * require('pg-otel').start({ resourceAttributes: { 'service.name': 'orders' } });
 * @throws TypeError if an option does not exist or its value is not accepted
 */
export function start(options: StartOptions = {}): PgOtel {
  validateOptions(options);
  try {
    started[STARTED] = startOnce(options, runningPgOtel());
  } catch (error) {
    if (isInvalidOption(error)) throw error;
    warnOfFailedStart(error);
    started[STARTED] = idle;
  }
  return started[STARTED];
}

const idle: PgOtel = { forceFlush: async () => {}, shutdown: async () => {} };

/**
 * Requires the rest of the package here instead of importing it: `start()` catches the error when a package is missing or
 * a bundler has left it out. With an import, the application's own import of pg-otel would fail. For the same reason, the
 * files that this one imports import no package and no module of Node.
 */
function startOnce(options: StartOptions, running: PgOtel | undefined): PgOtel {
  if (running !== undefined) {
    warn(
      'PG_OTEL_STARTED_TWICE',
      'pg-otel was started before in this process (by pg-otel/register?). The first start stays in effect, and the options of this call are not used.',
    );
    return running;
  }
  if (isHooksThread()) return idle;
  setVariablesOfPm2();
  if (isTrue('OTEL_SDK_DISABLED')) return idle;
  const { launch }: typeof import('./launch') = require('./launch');
  return launch(options);
}

/** The documented error of the instrumentation for an invalid option. */
function isInvalidOption(error: unknown): boolean {
  return error instanceof TypeError && 'code' in error && error.code === 'PG_OTEL_INVALID_OPTION';
}
