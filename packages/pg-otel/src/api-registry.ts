export type SignalName = 'traces' | 'metrics' | 'logs';

/** The parts of an SDK that are registered with the OpenTelemetry API, under the API's names for them. */
export type Slot = 'trace' | 'metrics' | 'logs' | 'context' | 'propagation';

/** The object in which every copy of the API keeps its registrations (`internal/global-utils.ts`). */
export type GlobalApi = { version: string; diag?: unknown } & { [Name in Slot]?: unknown };

/** Key of that object on `globalThis`. */
export const API_KEY = Symbol.for('opentelemetry.js.api.1');
/** Key of the registry of `@opentelemetry/api-logs`. Before API 1.10, logs are not part of the API. */
export const LOGS_KEY = Symbol.for('io.opentelemetry.js.api.logs');

/** `@opentelemetry/api-logs` registers a function that returns the provider for version 1 of its interface. */
export type LogsGetter = (version: number) => unknown;

const registry = globalThis as unknown as {
  [API_KEY]?: GlobalApi;
  [LOGS_KEY]?: LogsGetter;
};

/** Everything that is registered now, by any copy of the API. */
export function registeredSlots(): Map<Slot, unknown> {
  const { trace, metrics, context, propagation, logs = registry[LOGS_KEY]?.(1) } = registry[API_KEY] ?? {};
  const slots: [Slot, unknown][] = Object.entries({ trace, metrics, logs, context, propagation }) as never;
  return new Map(slots.filter(([, instance]) => instance !== undefined));
}

/** The methods of an SDK's provider that are used here. */
export interface Provider {
  forceFlush?(): Promise<void>;
  shutdown?(): Promise<void>;
  /** For traces, the API registers a proxy in front of the SDK's provider. */
  getDelegate?(): Provider;
}

const signalSlots = { traces: 'trace', metrics: 'metrics', logs: 'logs' } as const satisfies Record<
  SignalName,
  Slot
>;

/** The providers that are registered for the whole process, by any copy of the API. */
export function globalProviders(): Map<SignalName, Provider> {
  const slots = registeredSlots();
  const found = Object.entries(signalSlots).flatMap(([signal, slot]) => {
    const provider = slots.get(slot) as Provider | undefined;
    return provider === undefined ? [] : [[signal, provider.getDelegate?.() ?? provider] as const];
  });
  return new Map(found as [SignalName, Provider][]);
}

/** The version of the API that registered first. Only copies of the same or an older version can use its registrations. */
export function globalApiVersion(): string | undefined {
  return registry[API_KEY]?.version;
}
