import { diag, type MeterProvider, type TracerProvider } from '@opentelemetry/api';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import { registeredSlots, type SignalName, type Slot } from '../api-registry';
import { flushWithinLimit } from '../process/flush';
import { ApiGlobal } from './api-global';
import { LogsGlobal } from './logs-global';
import { type OwnSignal, ownSignals } from './own-signals';

export interface HandOverListener {
  /** The application's SDK is registering these signals. Their tracers and loggers are forwarded from here on. */
  registering(signals: readonly SignalName[]): void;
  /** The application's SDK receives these signals from now on. */
  handedOver(signals: readonly SignalName[]): void;
  /** The API has refused the application's SDK, because it uses another version of the API. */
  refused(): void;
}

/**
 * Hands each signal over to the application's SDK when that registers after ours: our tracers and loggers are forwarded
 * to its providers, the instrumentations get these providers, and ours are flushed. The context manager and the
 * propagator are the application's as soon as it registers them.
 */
export class HandOver {
  readonly #own: Set<OwnSignal>;
  readonly #instrumentations: readonly Instrumentation[];
  readonly #listener: HandOverListener;
  readonly #globals: readonly { follow(): void; stop(): void }[];
  #isScheduled = false;

  /**
   * @param slots the registrations of our SDK
   * @param instrumentations those that our SDK has started
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
    const registered = (): void => attempt(() => this.#forward());
    const refused = (): void => attempt(() => listener.refused());
    const ours = new Map([...slots, ...own.map((signal) => [signal.slot, signal.registered] as const)]);
    const logs = own.find(({ name }) => name === 'logs');
    this.#globals = [
      new ApiGlobal(ours, { registered, refused }),
      ...(logs !== undefined && LogsGlobal.isUsed() ? [new LogsGlobal(logs.registered, registered)] : []),
    ];
    for (const global of this.#globals) global.follow();
    // The instrumentations were started with the SDK's own provider, which cannot be redirected.
    if (logs !== undefined) this.#setProvider('logs', logs.registered);
  }

  /** Our providers stay registered from now on. */
  stop(): void {
    for (const global of this.#globals) global.stop();
  }

  #forward(): void {
    const signals = this.#replacedSignals();
    for (const { signal, instance } of signals) signal.forwardTo(instance);
    this.#listener.registering(signals.map(({ signal }) => signal.name));
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // An SDK registers one signal after the other.
    setImmediate(() => attempt(() => this.#complete()));
  }

  #complete(): void {
    this.#isScheduled = false;
    const replaced = this.#replacedSignals();
    if (replaced.length === 0) return;
    for (const { signal, instance } of replaced) {
      this.#own.delete(signal);
      signal.forwardTo(instance);
      this.#setProvider(signal.name, instance);
    }
    if (this.#own.size === 0) this.stop();
    this.#listener.handedOver(replaced.map(({ signal }) => signal.name));
    void flushWithinLimit(async () => {
      await Promise.allSettled(replaced.map(({ signal }) => signal.end()));
    });
  }

  #replacedSignals(): { signal: OwnSignal; instance: unknown }[] {
    const slots = registeredSlots();
    return [...this.#own].flatMap((signal) => {
      const instance = slots.get(signal.slot);
      return instance === undefined || instance === signal.registered ? [] : [{ signal, instance }];
    });
  }

  #setProvider(signal: SignalName, provider: unknown): void {
    for (const instrumentation of this.#instrumentations) {
      attempt(() => {
        if (signal === 'traces') instrumentation.setTracerProvider(provider as TracerProvider);
        if (signal === 'metrics') instrumentation.setMeterProvider(provider as MeterProvider);
        if (signal === 'logs') instrumentation.setLoggerProvider?.(provider as never);
      });
    }
  }
}

/** Other packages' instrumentations and providers may throw. That must not reach the application while it registers. */
function attempt(work: () => void): void {
  try {
    work();
  } catch (error) {
    diag.error("pg-otel: the hand-over to the application's SDK failed", error);
  }
}
