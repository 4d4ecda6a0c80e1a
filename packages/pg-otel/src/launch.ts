import { isMainThread } from 'node:worker_threads';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import { PostgresInstrumentation } from '@pg-otel/instrumentation';
import { globalProviders, registeredSlots, type SignalName, type Slot } from './api-registry';
import { variable } from './environment';
import { HandOver } from './hand-over/hand-over';
import { warnOfMissingProviders, warnOfOtherSdk, warnOfRefusedSdk } from './hand-over/other-sdk';
import { startInsights } from './insights';
import { disableOnDuplicate, silenceAll } from './instrumentations/duplicates';
import { registerInstalled } from './instrumentations/register-installed';
import { managePools } from './manage-pools';
import type { StartOptions } from './options';
import { whileEnding } from './process/ending';
import { aliveWhile } from './process/flush';
import { flushAtNaturalEnd } from './process/natural-end';
import { flushOnSignals } from './process/signals';
import { type RunningSdk, startFromEnvironment } from './sdk/from-environment';
import { startFromFile } from './sdk/from-file';
import type { PgOtel } from './start';
import { warn } from './warnings';

/** The running instance with the part that `pg-otel doctor` reads. */
export interface RunningPgOtel extends PgOtel {
  /** The signals that the SDK of pg-otel receives. The application's SDK receives all others. */
  ownSignals(): readonly SignalName[];
}

/** Starts pg-otel by environment and options, in a process where it does not run yet. */
export function launch(options: StartOptions): RunningPgOtel {
  const before = registeredSlots();
  const foreign = new Set(globalProviders().keys());
  const postgres = new PostgresInstrumentation(options.instrumentation);
  managePools();
  startInsights();
  const given = options.instrumentations ?? [];
  // A configuration file describes a whole SDK, so no part of it can run next to another SDK.
  if (foreign.size === 3 || (foreign.size > 0 && variable('OTEL_CONFIG_FILE') !== undefined)) {
    warnOfOtherSdk([...foreign], []);
    return onlyInstrument(postgres, given);
  }
  try {
    // The application that has started another SDK for traces has chosen its instrumentations.
    const installed = foreign.has('traces') ? [] : registerInstalled(given);
    const sdk = startSdk(options, postgres, [...given, ...installed], foreign);
    if (foreign.size > 0) warnOfOtherSdk([...foreign], sdk.signals);
    warnOfMissingProviders(sdk.signals);
    const slots = [...registeredSlots()].filter(([slot, instance]) => before.get(slot) !== instance);
    return run(sdk, new Map(slots), postgres, { given, installed });
  } catch (error) {
    postgres.disable();
    throw error;
  }
}

/** The instance for a process in which the application's SDK receives all signals. It starts no SDK. */
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
  if (variable('OTEL_CONFIG_FILE') === undefined)
    return startFromEnvironment(options, postgres, others, foreign);
  const { resourceAttributes, metricExportIntervalMillis } = options;
  const unused = Object.entries({ resourceAttributes, metricExportIntervalMillis })
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name);
  if (unused.length > 0) {
    warn(
      'PG_OTEL_CONFIG_FILE',
      `start() does not use ${unused.join(', ')}, because OTEL_CONFIG_FILE describes the SDK.`,
    );
  }
  const sdk = startFromFile([postgres, ...others]);
  if (sdk.signals.length === 0) {
    warn(
      'PG_OTEL_CONFIG_FILE',
      `Nothing is exported: OTEL_CONFIG_FILE (${variable('OTEL_CONFIG_FILE')}) is missing, not valid or disabled.`,
    );
  }
  return sdk;
}

/** Runs our SDK until it ends: with the process, by `shutdown()`, or because the application starts its own SDK. */
function run(
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
    // Signals reach the main thread only. A listener in a worker would be counted, but never called.
    ...(isMainThread ? [flushOnSignals(flush)] : []),
  ];
  const handOver = new HandOver(slots, [postgres, ...given, ...installed], {
    registering(signals) {
      if (signals.includes('traces')) silenceAll();
    },
    handedOver(signals) {
      kept = kept.filter((signal) => !signals.includes(signal));
      if (signals.includes('metrics')) postgres.endMetricProducers();
      // The hand-over has set the application's providers on them.
      if (!kept.includes('traces')) silenceAll();
      if (kept.length === 0) for (const stop of stopListening) stop();
      warnOfOtherSdk(signals, kept);
    },
    refused: warnOfRefusedSdk,
  });
  disableOnDuplicate(installed);
  return {
    ownSignals: () => kept,
    async forceFlush() {
      const others = flushProviders((signal) => !kept.includes(signal));
      await aliveWhile(Promise.all([flush(), others])).catch(() => {});
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
