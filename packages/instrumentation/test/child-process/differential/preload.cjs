// The instrumented run: what an application with the one line has, and at the end the number of its spans.
const { writeFileSync } = require('node:fs');

let spans = 0;
if (process.env.WITH_SDK !== undefined) {
  const { NodeSDK } = require('@opentelemetry/sdk-node');
  const nothing = { forceFlush: async () => {}, shutdown: async () => {} };
  const count = () => {
    spans += 1;
  };
  // The reader of the metrics comes from the environment, which sets it to an hour.
  new NodeSDK({
    autoDetectResources: false,
    spanProcessors: [{ ...nothing, onStart() {}, onEnd: count }],
    logRecordProcessors: [{ ...nothing, onEmit() {} }],
    instrumentations: [],
  }).start();
}
require('@pg-otel/instrumentation/register');

process.on('exit', () => writeFileSync(process.env.SPANS_FILE, String(spans)));
