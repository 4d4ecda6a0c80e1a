import type { LoggerProvider } from '../hand-over/forwarding-logger-provider';
import { afterStart, untraced } from '../pipeline/loaded-later';

/**
 * A logger provider that creates that of the SDK when the first log record is emitted, or a second after the start: loading
 * `@opentelemetry/sdk-logs` would be a tenth of the start.
 *
 * @param create creates the provider; it is called once
 * @param processors those of the provider
 */
export function laterLoggerProvider(
  create: () => LoggerProvider,
  processors: readonly { forceFlush(): Promise<void>; shutdown(): Promise<void> }[],
): LoggerProvider & { forceFlush(): Promise<void>; shutdown(): Promise<void> } {
  let provider: LoggerProvider | undefined;
  const created = (): LoggerProvider => {
    provider ??= untraced(create);
    return provider;
  };
  const cancel = afterStart(created);
  return {
    getLogger(...scope) {
      let logger: ReturnType<LoggerProvider['getLogger']> | undefined;
      return {
        emit(record) {
          if (logger === undefined) {
            cancel();
            logger = created().getLogger(...scope);
          }
          logger.emit(record);
        },
        // Only a configuration file disables loggers of the SDK, and processors of pg-otel take all records.
        enabled: () => true,
      };
    },
    async forceFlush() {
      await Promise.all(processors.map((processor) => processor.forceFlush()));
    },
    async shutdown() {
      cancel();
      await (provider === undefined
        ? Promise.all(processors.map((processor) => processor.shutdown()))
        : provider.shutdown?.());
    },
  };
}
