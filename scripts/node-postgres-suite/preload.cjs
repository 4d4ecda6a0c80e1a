// For `--require`, in each test program: the real SDK without an exporter, our instrumentation as
// `@pg-otel/instrumentation/register` enables it, and at the end a line with the number of spans.
const { appendFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');

const { SUITE_INSTALLATION: installation, SUITE_SPANS: file } = process.env;
const fromInstallation = createRequire(path.join(installation, 'package.json'));
const { metrics } = fromInstallation('@opentelemetry/api');
const sdk = fromInstallation('@opentelemetry/sdk-node');

let spans = 0;
const tracerProvider = new sdk.node.NodeTracerProvider({
  spanProcessors: [
    {
      onStart() {},
      onEnd() {
        spans += 1;
      },
      forceFlush: async () => {},
      shutdown: async () => {},
    },
  ],
});
tracerProvider.register();
metrics.setGlobalMeterProvider(new sdk.metrics.MeterProvider());
fromInstallation('@pg-otel/instrumentation/register');

// The tests of Postgres.js may leave connections open, and are ended.
process.once('SIGTERM', () => process.exit());
process.on('exit', () => appendFileSync(file, `${spans}\n`));
