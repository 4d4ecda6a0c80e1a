import type { Profile } from './profiles';
import { describedSettings, type Setting, setting } from './settings';

const ABOUT: Readonly<Record<Profile, string>> = {
  single: `One collector on one host, with Prometheus. Log events of @pg-otel/instrumentation become alerts by the bridge;
metrics are scraped by Prometheus, whose rules watch shares and states; traces go to their store.`,
  standalone: `One collector without Prometheus. Log events of @pg-otel/instrumentation and points of its pools' gauges become
alerts by the bridge, at once: what needs a history is not watched. Metrics are kept nowhere; traces go to their store.`,
  agent: `Beside the applications of one host. Log events of @pg-otel/instrumentation become alerts here, by the bridge, before
anything is sampled; traces, metrics and the counts of alerts go to the gateway.`,
  gateway: `Takes the traces and metrics of the agents. Slow and failed traces and a share of the others go to their store;
metrics are scraped by Prometheus. With more than one gateway, all spans of a trace and all metrics of a process must
come to the same one.`,
};

const LOGS = `

Only events that a rule is about are taken from the logs. For logs of your own add a file with a pipeline of its own
(--config=collector.yaml --config=logs.yaml), with an exporter and a queue of its own:
  exporters: {otlp_http/logs: {endpoint: …, sending_queue: {storage: file_storage/queue, sizer: items, queue_size: 20000}}}
  service: {pipelines: {logs/own: {receivers: [otlp], processors: [memory_limiter], exporters: [otlp_http/logs]}}}
Choose names that do not stand below: what has the same name is replaced.`;

/** The comment at the top of a configuration. */
export function header(profile: Profile, yaml: string): string {
  const isUsed = (name: Setting) => yaml.includes(setting(name));
  return `Generated from thresholds.yaml by \`pg-otel alerts build\`: change it there.

${ABOUT[profile]}

For the stock image otelcol-contrib (tested with 0.161). Set in the environment (otherwise):
${describedSettings(isUsed)}${profile === 'gateway' ? '' : LOGS}`;
}
