import { isMainThread } from 'node:worker_threads';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import { PostgresInstrumentation } from '@pg-otel/instrumentation';
import { text } from './environment';
import { HandOver } from './hand-over';
import { registerInstalled } from './instrumentations/register-installed';
import { giveWay, standDown } from './instrumentations/stand-down';
import type { StartOptions } from './options';
import { warnOfMissingProviders, warnOfOtherSdk, warnOfRefusedSdk } from './other-sdk';
import { whileEnding } from './process/ending';
import { aliveWhile } from './process/flush';
import { flushAtNaturalEnd } from './process/natural-end';
import { flushOnSignals } from './process/signals';
import { globalProviders, type SignalName } from './providers';
import { registeredSlots, type Slot } from './registration/slots';
import { type RunningSdk, startFromEnvironment } from './sdk-from-environment';
import { startFromFile } from './sdk-from-file';
import type { PgOtel } from './start';
import { warn } from './warnings';

/** What runs in this process, as `pg-otel doctor` sees it. */
export interface RunningPgOtel extends PgOtel {
  /** Signals that the SDK of pg-otel receives; all others are the application's. */
  ownSignals(): readonly SignalName[];
}

/** Starts what the environment and the options describe, in a process where nothing of pg-otel runs yet. */
export function launch(options: StartOptions): RunningPgOtel {
  const before = registeredSlots();
  const foreign = new Set(globalProviders().keys());
  const postgres = new PostgresInstrumentation(options.instrumentation);
  const given = options.instrumentations ?? [];
  // The parts of a declarative configuration cannot be chosen.
  if (foreign.size === 3 || (foreign.size > 0 && text('OTEL_CONFIG_FILE') !== undefined)) {
    warnOfOtherSdk([...foreign], []);
    return onlyInstrument(postgres, given);
  }
  try {
    // Whoever has set up the other SDK has decided which instrumentations there are.
    const installed = foreign.has('traces') ? [] : registerInstalled(given);
    const sdk = startSdk(options, postgres, [...given, ...installed], foreign);
    if (foreign.size > 0) warnOfOtherSdk([...foreign], sdk.signals);
    warnOfMissingProviders(sdk.signals);
    const slots = [...registeredSlots()].filter(([slot, instance]) => before.get(slot) !== instance);
    return live(sdk, new Map(slots), postgres, { given, installed });
  } catch (error) {
    postgres.disable();
    throw error;
  }
}

/** Where the application's SDK receives everything. */
function onlyInstrument(
  postgres: PostgresInstrumentation,
  others: readonly Instrumentation[],
): RunningPgOtel {
  return {
    ownSignals: () => [],
    async forceFlush() {
      postgres.forceFlush();
      await flushProviders(() => true);
    },
    async shutdown() {
      for (const instrumentation of [postgres, ...others]) instrumentation.disable();
    },
  };
}

async function flushProviders(isChosen: (signal: SignalName) => boolean): Promise<void> {
  const chosen = [...globalProviders()].filter(([signal]) => isChosen(signal));
  await Promise.allSettled(chosen.map(([, provider]) => provider.forceFlush?.()));
}

function startSdk(
  options: StartOptions,
  postgres: PostgresInstrumentation,
  others: readonly Instrumentation[],
  foreign: ReadonlySet<SignalName>,
): RunningSdk {
  if (text('OTEL_CONFIG_FILE') === undefined) return startFromEnvironment(options, postgres, others, foreign);
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

/** From the start of our SDK to its end: that of the process, `shutdown()`, or an SDK of the application. */
function live(
  sdk: RunningSdk,
  slots: ReadonlyMap<Slot, unknown>,
  postgres: PostgresInstrumentation,
  { given, installed }: Record<'given' | 'installed', readonly Instrumentation[]>,
): RunningPgOtel {
  let kept = sdk.signals;
  const flush = async () => {
    postgres.forceFlush();
    await sdk.forceFlush();
  };
  const stopListening = [
    flushAtNaturalEnd({ recorded: () => sdk.recorded(), forceFlush: flush }),
    // Signals reach the main thread only; a listener in a worker would be counted and never called.
    ...(isMainThread ? [flushOnSignals(flush)] : []),
  ];
  const handOver = new HandOver(slots, [postgres, ...given, ...installed], {
    taken(signals) {
      if (signals.includes('traces')) standDown();
    },
    handedOver(signals) {
      kept = kept.filter((signal) => !signals.includes(signal));
      if (signals.includes('metrics')) postgres.endMetricProducers();
      // They have been given the providers that are handed over.
      if (!kept.includes('traces')) standDown();
      if (kept.length === 0) for (const stop of stopListening) stop();
      warnOfOtherSdk(signals, kept);
    },
    refused: warnOfRefusedSdk,
  });
  giveWay(installed);
  return {
    ownSignals: () => kept,
    async forceFlush() {
      const theirs = flushProviders((signal) => !kept.includes(signal));
      await aliveWhile(Promise.all([flush(), theirs])).catch(() => {});
    },
    async shutdown() {
      for (const stop of stopListening) stop();
      handOver.stop();
      postgres.forceFlush();
      if (kept.length === 0) for (const instrumentation of [postgres, ...given]) instrumentation.disable();
      await aliveWhile(whileEnding(() => sdk.shutdown())).catch(() => {});
    },
  };
}
