import { isMainThread } from 'node:worker_threads';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import { PostgresInstrumentation } from '@pg-otel/instrumentation';
import { text } from './environment';
import type { StartOptions } from './options';
import { whileEnding } from './process/ending';
import { aliveWhile } from './process/flush';
import { flushAtNaturalEnd } from './process/natural-end';
import { flushOnSignals } from './process/signals';
import { globalApiVersion, globalProviders } from './providers';
import { type RunningSdk, startFromEnvironment } from './sdk-from-environment';
import { startFromFile } from './sdk-from-file';
import type { PgOtel } from './start';
import { warn } from './warnings';

/** Starts what the environment and the options describe, in a process where nothing of pg-otel runs yet. */
export function launch(options: StartOptions): PgOtel {
  const foreign = [...globalProviders().keys()];
  const postgres = new PostgresInstrumentation(options.instrumentation);
  const others = options.instrumentations ?? [];
  if (foreign.length > 0) return onlyInstrument(postgres, others, foreign);
  try {
    const sdk = startSdk(options, postgres, others);
    tellWhatIsMissing(sdk);
    return live(sdk, postgres);
  } catch (error) {
    postgres.disable();
    throw error;
  }
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
      await aliveWhile(whileEnding(() => sdk.shutdown())).catch(() => {});
    },
  };
}
