// An SDK that knows nothing of us; the story ends it.
const { NodeSDK } = require('@opentelemetry/sdk-node');

globalThis.sdk = new NodeSDK({ instrumentations: [] });
sdk.start();
