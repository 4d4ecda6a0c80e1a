import type { Instrumentation } from '@opentelemetry/instrumentation';
import * as sdkNode from '@opentelemetry/sdk-node';
import { globalProviders } from './providers';
import type { RunningSdk } from './sdk-from-environment';

/**
 * The SDK a declarative configuration file (`OTEL_CONFIG_FILE`) describes, all of it: its processors, readers,
 * intervals and resource are the file's, and the SDK's own.
 */
export function startFromFile(instrumentations: Instrumentation[]): RunningSdk {
  const sdk = sdkNode.startNodeSDK({ instrumentations });
  const providers = globalProviders();
  return {
    signals: [...providers.keys()],
    // Not known of the SDK's own processors: one flush at the end, and no second.
    recorded: () => 0,
    async forceFlush() {
      await Promise.all([...providers.values()].map((provider) => provider.forceFlush?.()));
    },
    shutdown: () => sdk.shutdown(),
  };
}
