import { ProxyTracerProvider, type TracerProvider } from '@opentelemetry/api';
import { ForwardingLoggerProvider, type LoggerProvider } from './forwarding/logger-provider';
import { ForwardingTracerProvider } from './forwarding/tracer-provider';
import type { Provider, SignalName } from './providers';
import type { Slot } from './registration/slots';

/** A signal for which our SDK has registered a provider. */
export interface OwnSignal {
  readonly name: SignalName;
  readonly slot: Slot;
  /** What is registered with the API in its place. */
  readonly registered: unknown;
  /** Lets tracers and loggers that were handed out lead to the provider in the slot. */
  forwardTo(instance: unknown): void;
  /**
   * Exports what our SDK has received. Spans that have begun there may still end, and a provider of the application may
   * wrap ours, so tracers and loggers go on; metrics are the application's from here on.
   */
  end(): Promise<void> | undefined;
}

/** @param slots what our SDK has registered */
export function ownSignals(slots: ReadonlyMap<Slot, unknown>): OwnSignal[] {
  const [trace, metrics, logs] = (['trace', 'metrics', 'logs'] as const).map((slot) => slots.get(slot));
  return [
    ...(trace === undefined ? [] : [ownTraces(trace as ProxyTracerProvider)]),
    ...(metrics === undefined ? [] : [ownMetrics(metrics as Provider)]),
    ...(logs === undefined ? [] : [ownLogs(logs as LoggerProvider)]),
  ];
}

function ownTraces(proxy: ProxyTracerProvider): OwnSignal {
  const provider = proxy.getDelegate();
  const forwarding = new ForwardingTracerProvider(provider);
  // Tracers made before our SDK was started find their provider here, when they are first used.
  proxy.setDelegate(forwarding);
  // Not the API's own proxy: that is what the same copy of the API registers for the application.
  const registered = new ProxyTracerProvider();
  registered.setDelegate(forwarding);
  return {
    name: 'traces',
    slot: 'trace',
    registered,
    forwardTo: (instance) => forwarding.forwardTo(instance as TracerProvider),
    end: () => (provider as Provider).forceFlush?.(),
  };
}

/** Without forwarding: instruments made before the application's SDK go nowhere without us, too. */
function ownMetrics(provider: Provider): OwnSignal {
  return {
    name: 'metrics',
    slot: 'metrics',
    registered: provider,
    forwardTo() {},
    end: () => provider.shutdown?.(),
  };
}

function ownLogs(provider: LoggerProvider): OwnSignal {
  const registered = new ForwardingLoggerProvider(provider);
  return {
    name: 'logs',
    slot: 'logs',
    registered,
    forwardTo: (instance) => registered.forwardTo(instance as LoggerProvider),
    end: () => provider.forceFlush?.(),
  };
}
