import { ReentrancyGuard } from './reentrancy';

/** The logger interface of any version of the logs API. */
interface Logger {
  emit(record: unknown): void;
  enabled?(options?: unknown): boolean;
}

export interface LoggerProvider {
  getLogger(name: string, version?: string, options?: unknown): Logger;
  forceFlush?(): Promise<void>;
  shutdown?(): Promise<void>;
}

/** A logger provider that can be redirected to another one, together with the loggers it has returned before. */
export class ForwardingLoggerProvider implements LoggerProvider {
  readonly #own: LoggerProvider;
  readonly #guard = new ReentrancyGuard();
  #target: LoggerProvider;

  constructor(own: LoggerProvider) {
    this.#own = own;
    this.#target = own;
  }

  forwardTo(target: LoggerProvider): void {
    this.#target = target;
  }

  getLogger(...scope: Parameters<LoggerProvider['getLogger']>): Logger {
    const guard = this.#guard;
    const own = (): Logger => this.#own.getLogger(...scope);
    let target = this.#target;
    let logger = guard.call(() => target.getLogger(...scope), own);
    /** Call it inside the guard only. */
    const current = (): Logger => {
      if (target !== this.#target) {
        target = this.#target;
        logger = target.getLogger(...scope);
      }
      return logger;
    };
    return {
      emit: (record) =>
        guard.call(
          () => current().emit(record),
          () => own().emit(record),
        ),
      enabled: (options) =>
        guard.call(
          () => current().enabled?.(options) ?? true,
          () => own().enabled?.(options) ?? true,
        ),
    };
  }

  async forceFlush(): Promise<void> {
    await this.#target.forceFlush?.();
  }

  async shutdown(): Promise<void> {
    await this.#target.shutdown?.();
  }
}
