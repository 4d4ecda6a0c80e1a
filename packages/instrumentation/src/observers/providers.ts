import * as api from '@opentelemetry/api';
import { EVENT_OPERATION_SLOW } from '../semconv';
import { logInternalError } from '../warnings';
import type { EventLogger } from './events/event-log';

/** Milliseconds between two looks at whether the application has set other providers. */
const LOOK_MILLISECONDS = 100;

interface LoggerProvider {
  getLogger(name: string, version?: string): EventLogger;
}

/** Part of the API from 1.10 on. */
const logs = (api as { logs?: { getLoggerProvider(): LoggerProvider } }).logs;

/** An event like those that need something done while operations run. */
const SLOW_EVENT = { eventName: EVENT_OPERATION_SLOW, severityNumber: 13, context: api.ROOT_CONTEXT };

/** Behind the API's proxy while no provider is set. */
const nowhere = new api.ProxyTracerProvider().getDelegate();

/**
 * Where signals go: to the providers that were given, else to the global ones, which an application may set before
 * or after us. The API's proxies do not do for that: meters have none, and API 1.10 comes as CommonJS and as ESM,
 * where a proxy of the one never hears of a provider that was set in the other.
 */
export class Providers {
  readonly #tracers: Followed<api.TracerProvider>;
  readonly #meters: Followed<api.MeterProvider>;
  readonly #loggers: Followed<LoggerProvider>;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #proxy: api.ProxyTracerProvider | undefined;
  tracer: api.Tracer;
  logger: EventLogger;
  /** Whether an event would come anywhere, as of the last look. */
  isLogging = true;
  /** Takes the instruments of a meter, each time there is another one. */
  onMeter: (meter: api.Meter) => void = () => {};
  #meter: api.Meter | undefined;

  /** @param initial what the base class has got: proxies of its API */
  constructor(
    scope: { name: string; version: string },
    initial: { tracer: api.Tracer; logger: EventLogger },
  ) {
    const { name, version } = scope;
    this.tracer = initial.tracer;
    this.logger = initial.logger;
    this.#tracers = new Followed(
      () => api.trace.getTracerProvider(),
      (provider) => {
        this.#proxy = provider instanceof api.ProxyTracerProvider ? provider : undefined;
        this.tracer = provider.getTracer(name, version);
      },
    );
    this.#meters = new Followed(
      () => api.metrics.getMeterProvider(),
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

  /** Whether a span would come anywhere. Asked for each span: behind the proxy a provider may be set at any time. */
  get isTracing(): boolean {
    return this.#proxy === undefined || this.#proxy.getDelegate() !== nowhere;
  }

  /** The meter in use; `undefined` before the first look. */
  get meter(): api.Meter | undefined {
    return this.#meter;
  }

  useTracers(provider: api.TracerProvider): void {
    this.#tracers.use(provider);
  }

  useMeters(provider: api.MeterProvider): void {
    this.#meters.use(provider);
  }

  useLoggers(provider: LoggerProvider): void {
    this.#loggers.use(provider);
    this.isLogging = isEnabled(this.logger);
  }

  /** Looks at the global providers, now and then: at the start of an operation at this time. */
  look(at: number): void {
    if (at - this.#lookedAt < LOOK_MILLISECONDS) return;
    this.#lookedAt = at;
    this.#tracers.look();
    this.#meters.look();
    this.#loggers.look();
    this.isLogging = isEnabled(this.logger);
  }
}

/** A logger of an API too old to say so may lead somewhere. */
function isEnabled(logger: EventLogger): boolean {
  try {
    return logger.enabled?.(SLOW_EVENT) ?? true;
  } catch (error) {
    logInternalError('a logger', error);
    return true;
  }
}

/** One kind of provider. One that is not the global one was chosen on purpose, and stays. */
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

  look(): void {
    if (this.#isChosen) return;
    const provider = this.#global();
    if (provider === undefined || provider === this.#current) return;
    this.#current = provider;
    this.#take(provider);
  }
}
