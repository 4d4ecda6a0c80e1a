import { diag, type MeterProvider, type TracerProvider } from '@opentelemetry/api';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import { type OwnSignal, ownSignals } from './own-signals';
import { flushWithinLimit } from './process/flush';
import type { SignalName } from './providers';
import { ApiGlobal } from './registration/api-global';
import { LogsGlobal } from './registration/logs-global';
import { registeredSlots, type Slot } from './registration/slots';

export interface HandOverListener {
  /** The application's SDK is registering these signals; from here on they lead there. */
  taken(signals: readonly SignalName[]): void;
  /** The application's SDK receives these signals from now on. */
  handedOver(signals: readonly SignalName[]): void;
  /** The API has refused the application's SDK, because that uses another version of the API. */
  refused(): void;
}

/**
 * Gives each signal to the application's SDK when that registers after ours: tracers and loggers of ours lead there,
 * the instrumentations get its providers, and our provider is flushed and shut down. The context manager and the
 * propagator are the application's as soon as it registers them.
 */
export class HandOver {
  readonly #own: Set<OwnSignal>;
  readonly #instrumentations: readonly Instrumentation[];
  readonly #listener: HandOverListener;
  readonly #followed: readonly { follow(): void; stop(): void }[];
  #isScheduled = false;

  /**
   * @param slots what our SDK has registered
   * @param instrumentations those it has started
   */
  constructor(
    slots: ReadonlyMap<Slot, unknown>,
    instrumentations: readonly Instrumentation[],
    listener: HandOverListener,
  ) {
    const own = ownSignals(slots);
    this.#own = new Set(own);
    this.#instrumentations = instrumentations;
    this.#listener = listener;
    const taken = (): void => attempt(() => this.#taken());
    const registered = new Map([...slots, ...own.map(({ slot, registered }) => [slot, registered] as const)]);
    const logs = own.find(({ name }) => name === 'logs');
    this.#followed = [
      new ApiGlobal(registered, { taken, refused: () => attempt(() => listener.refused()) }),
      ...(logs !== undefined && LogsGlobal.isUsed() ? [new LogsGlobal(logs.registered, taken)] : []),
    ];
    for (const global of this.#followed) global.follow();
    // Theirs may not be the forwarding one: they were started before it.
    if (logs !== undefined) this.#give('logs', logs.registered);
  }

  /** Our providers stay from now on. */
  stop(): void {
    for (const global of this.#followed) global.stop();
  }

  #taken(): void {
    const signals = this.#takenSignals();
    for (const { signal, instance } of signals) signal.forwardTo(instance);
    this.#listener.taken(signals.map(({ signal }) => signal.name));
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // An SDK registers one signal after the other.
    setImmediate(() => attempt(() => this.#complete()));
  }

  #complete(): void {
    this.#isScheduled = false;
    const taken = this.#takenSignals();
    if (taken.length === 0) return;
    for (const { signal, instance } of taken) {
      this.#own.delete(signal);
      signal.forwardTo(instance);
      this.#give(signal.name, instance);
    }
    if (this.#own.size === 0) this.stop();
    this.#listener.handedOver(taken.map(({ signal }) => signal.name));
    void flushWithinLimit(async () => {
      await Promise.allSettled(taken.map(({ signal }) => signal.end()));
    });
  }

  #takenSignals(): { signal: OwnSignal; instance: unknown }[] {
    const slots = registeredSlots();
    return [...this.#own].flatMap((signal) => {
      const instance = slots.get(signal.slot);
      return instance === undefined || instance === signal.registered ? [] : [{ signal, instance }];
    });
  }

  #give(signal: SignalName, provider: unknown): void {
    for (const instrumentation of this.#instrumentations) {
      attempt(() => {
        if (signal === 'traces') instrumentation.setTracerProvider(provider as TracerProvider);
        if (signal === 'metrics') instrumentation.setMeterProvider(provider as MeterProvider);
        if (signal === 'logs') instrumentation.setLoggerProvider?.(provider as never);
      });
    }
  }
}

/** Instrumentations and providers of others may throw; it must not reach the application that registers something. */
function attempt(work: () => void): void {
  try {
    work();
  } catch (error) {
    diag.error('pg-otel: handing over to the SDK of the application', error);
  }
}
