/** What an SDK registers with the OpenTelemetry API, by the API's own names. */
export type Slot = 'trace' | 'metrics' | 'logs' | 'context' | 'propagation';

/** The object in which every copy of the API keeps what is registered (internal/global-utils). */
export type GlobalApi = { version: string; diag?: unknown } & { [Name in Slot]?: unknown };

/** Key of that object on `globalThis`. */
export const API_KEY = Symbol.for('opentelemetry.js.api.1');
/** Key of the registry of `@opentelemetry/api-logs`: before API 1.10, logs are not in the API. */
export const LOGS_KEY = Symbol.for('io.opentelemetry.js.api.logs');

/** What `@opentelemetry/api-logs` registers: a function that gives the provider for version 1 of itself. */
export type LogsGetter = (version: number) => unknown;

const registry = globalThis as unknown as {
  [API_KEY]?: GlobalApi;
  [LOGS_KEY]?: LogsGetter;
};

/** What is registered at present, with whichever copy of the API. */
export function registeredSlots(): Map<Slot, unknown> {
  const { trace, metrics, context, propagation, logs = registry[LOGS_KEY]?.(1) } = registry[API_KEY] ?? {};
  const slots: [Slot, unknown][] = Object.entries({ trace, metrics, logs, context, propagation }) as never;
  return new Map(slots.filter(([, instance]) => instance !== undefined));
}
