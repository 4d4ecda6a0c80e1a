export type SignalName = 'traces' | 'metrics' | 'logs';

/** What of a provider, of whatever SDK, matters here. */
interface Provider {
  forceFlush?(): Promise<void>;
  /** What the API registers for traces is a proxy before the SDK's. */
  getDelegate?(): Provider;
}

interface GlobalApi {
  readonly version?: string;
  readonly trace?: Provider;
  readonly metrics?: Provider;
  readonly logs?: Provider;
}

/** The providers registered for the whole process, whichever copy of the API they were registered with. */
export function globalProviders(): Map<SignalName, Provider> {
  const api = globalApi();
  // Logs have a registry of their own before API 1.10 (`@opentelemetry/api-logs`): a function of its version.
  const logs =
    api?.logs ?? (registry[Symbol.for('io.opentelemetry.js.api.logs')] as LogsGetter | undefined)?.(1);
  const found = [
    ['traces', api?.trace?.getDelegate?.() ?? api?.trace],
    ['metrics', api?.metrics],
    ['logs', logs],
  ] as const;
  return new Map(found.flatMap(([name, provider]) => (provider === undefined ? [] : [[name, provider]])));
}

/** The version of the API that registered first; others can only use what it registered when they are as new. */
export function globalApiVersion(): string | undefined {
  return globalApi()?.version;
}

type LogsGetter = (version: number) => Provider;

const registry = globalThis as unknown as Record<symbol, unknown>;

function globalApi(): GlobalApi | undefined {
  return registry[Symbol.for('opentelemetry.js.api.1')] as GlobalApi | undefined;
}
