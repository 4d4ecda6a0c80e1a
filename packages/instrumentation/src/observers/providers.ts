import {
  type Meter,
  type MeterProvider,
  metrics,
  ProxyTracerProvider,
  ROOT_CONTEXT,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { EVENT_OPERATION_SLOW } from '../semconv';
import { logInternalError } from '../warnings';
import type { EventLogger } from './events/event-log';

/** Milliseconds between two checks whether the application has set other providers. */
const CHECK_MILLISECONDS = 100;

interface LoggerProvider {
  getLogger(name: string, version?: string): EventLogger;
}

/**
 * Part of the API since 1.10. Required because it may be missing. With an import of the whole namespace, the bundler copies
 * the namespace into getters, which run at each use of the API in any file.
 */
const { logs } = require('@opentelemetry/api') as { logs?: { getLoggerProvider(): LoggerProvider } };

/** Loggers are asked whether this event is enabled. It represents the events that need work while operations run. */
const SLOW_EVENT = { eventName: EVENT_OPERATION_SLOW, severityNumber: 13, context: ROOT_CONTEXT };

/** The delegate of the API's proxy while no provider is set. */
const noProvider = new ProxyTracerProvider().getDelegate();

/**
 * Holds the providers of tracers, meters and loggers: those that were passed to the instrumentation, otherwise the
 * global ones, which an application may set at any time. The API's proxies are not sufficient. There is no proxy for
 * meters, and API 1.10 has a CommonJS and an ESM build: a proxy of one build does not see a provider that was set in
 * the other.
 */
export class Providers {
  readonly #tracers: Followed<TracerProvider>;
  readonly #meters: Followed<MeterProvider>;
  readonly #loggers: Followed<LoggerProvider>;
  #checkedAt = Number.NEGATIVE_INFINITY;
  #proxy: ProxyTracerProvider | undefined;
  tracer: Tracer;
  logger: EventLogger;
  /** Whether any log event would be processed, as of the last check. */
  isLogging = true;
  /** Called with the meter each time it is replaced. */
  onMeter: (meter: Meter) => void = () => {};
  #meter: Meter | undefined;

  /** @param initial the tracer and logger of the base class, which are proxies of the API that it imports */
  constructor(scope: { name: string; version: string }, initial: { tracer: Tracer; logger: EventLogger }) {
    const { name, version } = scope;
    this.tracer = initial.tracer;
    this.logger = initial.logger;
    this.#tracers = new Followed(
      () => trace.getTracerProvider(),
      (provider) => {
        this.#proxy = provider instanceof ProxyTracerProvider ? provider : undefined;
        this.tracer = provider.getTracer(name, version);
      },
    );
    this.#meters = new Followed(
      () => metrics.getMeterProvider(),
      (provider) => {
        this.#meter = provider.getMeter(name, version);
        this.onMeter(this.#meter);
      },
    );
    this.#loggers = new Followed(
      () => logs?.getLoggerProvider(),
      (provider) => {
        this.logger = provider.getLogger(name, version);
      },
    );
  }

  /** Whether a tracer provider is set. Checked for each span, because the proxy may get a provider at any time. */
  get isTracing(): boolean {
    return this.#proxy === undefined || this.#proxy.getDelegate() !== noProvider;
  }

  /** The meter in use; `undefined` before the first check. */
  get meter(): Meter | undefined {
    return this.#meter;
  }

  useTracers(provider: TracerProvider): void {
    this.#tracers.use(provider);
  }

  useMeters(provider: MeterProvider): void {
    this.#meters.use(provider);
  }

  useLoggers(provider: LoggerProvider): void {
    this.#loggers.use(provider);
    this.isLogging = isEnabled(this.logger);
  }

  /** Checks the global providers at the start of an operation, at most every 100 ms. */
  check(at: number): void {
    if (at - this.#checkedAt < CHECK_MILLISECONDS) return;
    this.#checkedAt = at;
    this.#tracers.check();
    this.#meters.check();
    this.#loggers.check();
    this.isLogging = isEnabled(this.logger);
  }
}

/** A logger of an API without `enabled` counts as enabled. */
function isEnabled(logger: EventLogger): boolean {
  try {
    return logger.enabled?.(SLOW_EVENT) ?? true;
  } catch (error) {
    logInternalError('a logger', error);
    return true;
  }
}

/**
 * The current provider of one kind. A provider that is set explicitly, and differs from the global one, is never
 * replaced by the global one.
 */
class Followed<Provider> {
  readonly #global: () => Provider | undefined;
  readonly #take: (provider: Provider) => void;
  #current: Provider | undefined;
  #isChosen = false;

  constructor(global: () => Provider | undefined, take: (provider: Provider) => void) {
    this.#global = global;
    this.#take = take;
  }

  use(provider: Provider): void {
    this.#isChosen = provider !== this.#global();
    this.#current = provider;
    this.#take(provider);
  }

  check(): void {
    if (this.#isChosen) return;
    const provider = this.#global();
    if (provider === undefined || provider === this.#current) return;
    this.#current = provider;
    this.#take(provider);
  }
}
