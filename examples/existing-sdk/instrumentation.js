import { NodeSDK } from '@opentelemetry/sdk-node';
import { PostgresInstrumentation } from '@pg-otel/instrumentation';

const sdk = new NodeSDK({
  instrumentations: [new PostgresInstrumentation()],
});
sdk.start();
process.once('beforeExit', () => sdk.shutdown());
