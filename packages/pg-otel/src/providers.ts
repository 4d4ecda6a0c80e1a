import { API_KEY, registeredSlots, type Slot } from './registration/slots';

export type SignalName = 'traces' | 'metrics' | 'logs';

/** What of a provider, of whatever SDK, matters here. */
export interface Provider {
  forceFlush?(): Promise<void>;
  shutdown?(): Promise<void>;
  /** What the API registers for traces is a proxy before the SDK's. */
  getDelegate?(): Provider;
}

const signalSlots = { traces: 'trace', metrics: 'metrics', logs: 'logs' } as const satisfies Record<
  SignalName,
  Slot
>;

/** The providers registered for the whole process, whichever copy of the API they were registered with. */
export function globalProviders(): Map<SignalName, Provider> {
  const slots = registeredSlots();
  const found = Object.entries(signalSlots).flatMap(([signal, slot]) => {
    const provider = slots.get(slot) as Provider | undefined;
    return provider === undefined ? [] : [[signal, provider.getDelegate?.() ?? provider] as const];
  });
  return new Map(found as [SignalName, Provider][]);
}

/** The version of the API that registered first; others can only use what it registered when they are as new. */
export function globalApiVersion(): string | undefined {
  return (globalThis as { [API_KEY]?: { version: string } })[API_KEY]?.version;
}
