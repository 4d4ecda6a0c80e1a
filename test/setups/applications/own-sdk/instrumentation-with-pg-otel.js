const { ExpressInstrumentation } = require('@opentelemetry/instrumentation-express');
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
const { NodeSDK } = require('@opentelemetry/sdk-node');
const { PostgresInstrumentation } = require('@pg-otel/instrumentation');

const sdk = new NodeSDK({
  instrumentations: [new HttpInstrumentation(), new ExpressInstrumentation(), new PostgresInstrumentation()],
});
sdk.start();
process.once('beforeExit', () => sdk.shutdown());
