import { ProxyTracerProvider, type TracerProvider } from '@opentelemetry/api';
import type { Provider, SignalName, Slot } from '../api-registry';
import { ForwardingLoggerProvider, type LoggerProvider } from './forwarding-logger-provider';
import { ForwardingTracerProvider } from './forwarding-tracer-provider';

/** A signal for which our SDK has registered a provider. */
export interface OwnSignal {
  readonly name: SignalName;
  readonly slot: Slot;
  /** The provider that is registered with the API instead of the SDK's. */
  readonly registered: unknown;
  /** Redirects the tracers and loggers that were returned before to the provider in the slot. */
  forwardTo(instance: unknown): void;
  /**
   * Exports everything our SDK has received. Traces and logs are only flushed, because spans that were started there may
   * still end, and a provider of the application may wrap ours. Metrics are shut down.
   */
  end(): Promise<void> | undefined;
}

/** @param slots the registrations of our SDK */
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
  // Tracers that were made before our SDK started find their provider here when they are first used.
  proxy.setDelegate(forwarding);
  // A separate proxy: the application's SDK registers the API's own proxy, if it uses the same copy of the API.
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

/** Metrics are not forwarded: without pg-otel, instruments created before the application's SDK record nothing either. */
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
