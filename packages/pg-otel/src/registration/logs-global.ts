import { callSite } from './call-site';
import { LOGS_KEY, type LogsGetter } from './slots';

const registry = globalThis as unknown as Record<symbol, unknown>;
const holder = Object.getPrototypeOf(globalThis) as object;

/**
 * The same as `ApiGlobal` for the registry of `@opentelemetry/api-logs`. Its copies assign only when they have found
 * nothing there, so the caller's name says which read is the check of a registration; loggers are rarely asked for.
 */
export class LogsGlobal {
  readonly #getter: LogsGetter;
  readonly #taken: () => void;

  /** @param own the logger provider we have registered */
  constructor(own: unknown, taken: () => void) {
    const registered = registry[LOGS_KEY] as LogsGetter;
    this.#getter = (version) => (version === 1 ? own : registered(version));
    this.#taken = taken;
  }

  /** Whether a logger provider is registered there. */
  static isUsed(): boolean {
    return registry[LOGS_KEY] !== undefined;
  }

  follow(): void {
    const get = (): LogsGetter | undefined =>
      callSite(get)?.getFunctionName() === 'setGlobalLoggerProvider' ? undefined : this.#getter;
    const set = (value: unknown): void => {
      this.#replaceBy(value);
      this.#taken();
    };
    Reflect.deleteProperty(globalThis, LOGS_KEY);
    Object.defineProperty(holder, LOGS_KEY, { get, set, configurable: true });
  }

  stop(): void {
    if (registry[LOGS_KEY] === this.#getter) this.#replaceBy(this.#getter);
  }

  #replaceBy(value: unknown): void {
    Reflect.deleteProperty(holder, LOGS_KEY);
    registry[LOGS_KEY] = value;
  }
}
