import { readFileSync } from 'node:fs';
import path from 'node:path';
import { compile, parseThresholds } from '@pg-otel/alerts';
import * as testkit from '@pg-otel/testkit';

const shipped = path.join(testkit.repository, 'collector-config', 'thresholds.yaml');

/** The shipped thresholds, compiled for one host; `receiver` is the URL that is notified. */
export function compiled(receiver = 'http://127.0.0.1:9099') {
  // Only the address of the receivers is another.
  const text = readFileSync(shipped, 'utf8').replaceAll('http://127.0.0.1:9099', receiver);
  const { files } = compile(parseThresholds(text, shipped), 'single');
  return (name) => files.find((file) => file.path === name).content;
}

/** Collector, bridge, Alertmanager, Prometheus and a receiver, each with its default settings. */
export async function startChain() {
  const started = [];
  const stop = async () => {
    for (const server of started.splice(0).reverse()) await server.stop();
  };
  const using = async (starting) => {
    const server = await starting;
    started.push(server);
    return server;
  };
  try {
    const receiver = await using(testkit.startWebhookReceiver());
    const text = compiled(receiver.url);
    const alertmanager = await using(
      testkit.startAlertmanager({ config: { text: text('alertmanager/alertmanager.yaml') } }),
    );
    const bridge = await using(testkit.startAlertBridge({ alertmanager: alertmanager.url }));
    const collector = await using(
      testkit.startProfileCollector({
        configs: [{ text: text('single/collector.yaml') }],
        env: { PG_OTEL_BRIDGE_ENDPOINT: `http://127.0.0.1:${bridge.ports.otlp}` },
      }),
    );
    const config = testkit.prometheusConfigAt(text('prometheus/prometheus.yaml'), {
      collector,
      bridge,
      alertmanager,
    });
    const prometheus = await using(
      testkit.startPrometheus({
        version: '3',
        config: { text: config },
        files: { 'rules.yaml': text('prometheus/rules.yaml') },
      }),
    );
    return { receiver, alertmanager, collector, prometheus, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
