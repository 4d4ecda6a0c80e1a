import { LOGS_KEY, type LogsGetter } from '../api-registry';
import { callSite } from './caller';

const registry = globalThis as unknown as Record<symbol, unknown>;
const holder = Object.getPrototypeOf(globalThis) as object;

/**
 * Does for the registry of `@opentelemetry/api-logs` what `ApiGlobal` does for the API. Copies of that package assign
 * only after they have read an empty registry, so the name of the calling function shows which read precedes a
 * registration. Loggers are requested rarely, so the look at the stack costs little.
 */
export class LogsGlobal {
  readonly #getter: LogsGetter;
  readonly #registered: () => void;

  /**
   * @param own the logger provider we have registered
   * @param registered is called when the application has registered another one
   */
  constructor(own: unknown, registered: () => void) {
    const before = registry[LOGS_KEY] as LogsGetter;
    this.#getter = (version) => (version === 1 ? own : before(version));
    this.#registered = registered;
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
      this.#registered();
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
