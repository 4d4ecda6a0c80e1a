// An application with an SDK that exports metrics at its end, and the one line.
const { NodeSDK } = require('@opentelemetry/sdk-node');

const keptSpans = Object.assign([], { keep: false });
const sdk = new NodeSDK({
  autoDetectResources: false,
  spanProcessors: [
    {
      onStart() {},
      onEnd(span) {
        if (keptSpans.keep) keptSpans.push(span);
      },
      forceFlush: async () => {},
      shutdown: async () => {},
    },
  ],
  instrumentations: [],
});
sdk.start();
Object.assign(globalThis, { sdk, keptSpans });
require('@pg-otel/instrumentation/register');
