import { Outward } from './outward';

/** A logger of whichever version of the logs API. */
interface Logger {
  emit(record: unknown): void;
  enabled?(options?: unknown): boolean;
}

export interface LoggerProvider {
  getLogger(name: string, version?: string, options?: unknown): Logger;
  forceFlush?(): Promise<void>;
  shutdown?(): Promise<void>;
}

/** A logger provider that leads to another one from some moment on, with the loggers it has handed out. */
export class ForwardingLoggerProvider implements LoggerProvider {
  readonly #own: LoggerProvider;
  readonly #outward = new Outward();
  #target: LoggerProvider;

  constructor(own: LoggerProvider) {
    this.#own = own;
    this.#target = own;
  }

  forwardTo(target: LoggerProvider): void {
    this.#target = target;
  }

  getLogger(...scope: Parameters<LoggerProvider['getLogger']>): Logger {
    const outward = this.#outward;
    const own = (): Logger => this.#own.getLogger(...scope);
    let target = this.#target;
    let logger = outward.call(() => target.getLogger(...scope), own);
    /** For calls outward only. */
    const current = (): Logger => {
      if (target !== this.#target) {
        target = this.#target;
        logger = target.getLogger(...scope);
      }
      return logger;
    };
    return {
      emit: (record) =>
        outward.call(
          () => current().emit(record),
          () => own().emit(record),
        ),
      enabled: (options) =>
        outward.call(
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
