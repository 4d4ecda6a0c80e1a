import { isMainThread } from 'node:worker_threads';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import { PostgresInstrumentation } from '@pg-otel/instrumentation';
import { isTrue, text } from './environment';
import { type StartOptions, validateOptions } from './options';
import { aliveWhile } from './process/flush';
import { isHooksThread } from './process/hooks-thread';
import { flushAtNaturalEnd } from './process/natural-end';
import { flushOnSignals } from './process/signals';
import { globalApiVersion, globalProviders } from './providers';
import { type RunningSdk, startFromEnvironment } from './sdk-from-environment';
import { startFromFile } from './sdk-from-file';
import { warn } from './warnings';

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

/** What was started in this process, by whichever door. */
export const runningPgOtel = (): PgOtel | undefined => started[STARTED];

/**
 * Starts OpenTelemetry for this process: a NodeSDK configured by the standard `OTEL_*` variables, with the Postgres
 * instrumentation. Call it before `pg` is loaded; `node --import pg-otel/register` does both for you.
 *
 * It leaves the process to live and die as without it: docs/front-door.md.
 *
 * @example
 * require('pg-otel').start({ resourceAttributes: { 'service.name': 'orders' } });
 * @throws TypeError for an option that does not exist or a value that is not accepted
 */
export function start(options: StartOptions = {}): PgOtel {
  validateOptions(options);
  const running = runningPgOtel();
  if (running !== undefined) {
    warn(
      'PG_OTEL_STARTED_TWICE',
      'pg-otel was started before in this process (by pg-otel/register?); that one stays, the options of this call are not used.',
    );
    return running;
  }
  const handle = startOnce(options);
  started[STARTED] = handle;
  return handle;
}

function startOnce(options: StartOptions): PgOtel {
  if (isTrue('OTEL_SDK_DISABLED') || isHooksThread)
    return { forceFlush: async () => {}, shutdown: async () => {} };
  const foreign = [...globalProviders().keys()];
  const postgres = new PostgresInstrumentation(options.instrumentation);
  const others = options.instrumentations ?? [];
  if (foreign.length > 0) return onlyInstrument(postgres, others, foreign);
  const sdk = startSdk(options, postgres, others);
  tellWhatIsMissing(sdk);
  return live(sdk, postgres);
}

/** With providers of somebody else there, a second SDK would be refused by the API and export nothing. */
function onlyInstrument(
  postgres: PostgresInstrumentation,
  others: readonly Instrumentation[],
  foreign: readonly string[],
): PgOtel {
  warn(
    'PG_OTEL_FOREIGN_PROVIDER',
    `Another OpenTelemetry SDK has registered its providers (${foreign.join(', ')}) before pg-otel. pg-otel starts none ` +
      'of its own and reports to that one; use @pg-otel/instrumentation in its set-up, or remove one of the two.',
  );
  return {
    async forceFlush() {
      postgres.forceFlush();
      await Promise.allSettled([...globalProviders().values()].map((provider) => provider.forceFlush?.()));
    },
    async shutdown() {
      for (const instrumentation of [postgres, ...others]) instrumentation.disable();
    },
  };
}

function startSdk(
  options: StartOptions,
  postgres: PostgresInstrumentation,
  others: readonly Instrumentation[],
): RunningSdk {
  if (text('OTEL_CONFIG_FILE') === undefined) return startFromEnvironment(options, postgres, others);
  const { resourceAttributes, metricExportIntervalMillis } = options;
  const unused = Object.entries({ resourceAttributes, metricExportIntervalMillis })
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name);
  if (unused.length > 0) {
    warn(
      'PG_OTEL_CONFIG_FILE',
      `start() does not use ${unused.join(', ')}: OTEL_CONFIG_FILE describes the SDK.`,
    );
  }
  const sdk = startFromFile([postgres, ...others]);
  if (sdk.signals.length === 0) {
    warn(
      'PG_OTEL_CONFIG_FILE',
      `OTEL_CONFIG_FILE (${text('OTEL_CONFIG_FILE')}) gave no provider: it is missing, not valid or disabled, and nothing is exported.`,
    );
  }
  return sdk;
}

/** The API refuses providers of another version of itself, and says so only to `diag`. */
function tellWhatIsMissing(sdk: RunningSdk): void {
  const present = globalProviders();
  const missing = sdk.signals.filter((signal) => !present.has(signal));
  if (missing.length === 0) return;
  warn(
    'PG_OTEL_FOREIGN_PROVIDER',
    `Nothing will be exported for ${missing.join(', ')}: @opentelemetry/api ${globalApiVersion()} was registered first and ` +
      'refuses the providers of the version pg-otel uses. Install one version of @opentelemetry/api (npm ls @opentelemetry/api).',
  );
}

function live(sdk: RunningSdk, postgres: PostgresInstrumentation): PgOtel {
  const flush = () => {
    postgres.forceFlush();
    return sdk.forceFlush();
  };
  const stopListening = [
    flushAtNaturalEnd({ recorded: () => sdk.recorded(), forceFlush: flush }),
    // Signals reach the main thread only; a listener in a worker would be counted and never called.
    ...(isMainThread ? [flushOnSignals(flush)] : []),
  ];
  return {
    forceFlush: () => aliveWhile(flush()).catch(() => {}),
    async shutdown() {
      for (const stop of stopListening) stop();
      postgres.forceFlush();
      await aliveWhile(sdk.shutdown()).catch(() => {});
    },
  };
}
