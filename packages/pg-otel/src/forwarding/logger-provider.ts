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
  #target: LoggerProvider;

  constructor(own: LoggerProvider) {
    this.#target = own;
  }

  forwardTo(target: LoggerProvider): void {
    this.#target = target;
  }

  getLogger(...scope: Parameters<LoggerProvider['getLogger']>): Logger {
    let target = this.#target;
    let logger = target.getLogger(...scope);
    const current = (): Logger => {
      if (target !== this.#target) {
        target = this.#target;
        logger = target.getLogger(...scope);
      }
      return logger;
    };
    return {
      emit: (record) => current().emit(record),
      enabled: (options) => current().enabled?.(options) ?? true,
    };
  }

  async forceFlush(): Promise<void> {
    await this.#target.forceFlush?.();
  }

  async shutdown(): Promise<void> {
    await this.#target.shutdown?.();
  }
}
