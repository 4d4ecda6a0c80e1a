import { NodeSDK } from '@opentelemetry/sdk-node';
import { PostgresInstrumentation } from '@pg-otel/instrumentation';

const postgres = new PostgresInstrumentation();
const sdk = new NodeSDK({ instrumentations: [postgres] });
sdk.start();

/** Exports what has not been exported yet. The application ends with or without a collector. */
async function shutDown() {
  postgres.forceFlush();
  await sdk.shutdown().catch((error) => console.error('Telemetry was not exported:', error));
}

// A script that has nothing left to do.
process.once('beforeExit', shutDown);

// Kubernetes, Docker and systemd stop a process by SIGTERM, Ctrl-C by SIGINT.
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, async () => {
    await shutDown();
    // No listener is left, so the signal ends the process.
    process.kill(process.pid, signal);
  });
}
