import type { Instrumentation } from '@opentelemetry/instrumentation';
import { globalProviders } from '../api-registry';
import type { RunningSdk } from './from-environment';

/**
 * Starts the SDK that a declarative configuration file (`OTEL_CONFIG_FILE`) describes. The file decides everything:
 * processors, readers, intervals and resource. The processors are the SDK's own.
 */
export function startFromFile(instrumentations: Instrumentation[]): RunningSdk {
  // Required here: only a configuration file needs all of NodeSDK.
  const { startNodeSDK }: typeof import('@opentelemetry/sdk-node') = require('@opentelemetry/sdk-node');
  const sdk = startNodeSDK({ instrumentations });
  const providers = globalProviders();
  return {
    signals: [...providers.keys()],
    // The SDK's own processors do not count, so there is one flush at the end and no second one.
    recorded: () => 0,
    async forceFlush() {
      await Promise.all([...providers.values()].map((provider) => provider.forceFlush?.()));
    },
    shutdown: () => sdk.shutdown(),
  };
}
