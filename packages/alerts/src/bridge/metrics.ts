/** Counters and gauges with their help texts, by name without prefix. */
const HELP = {
  requests_total: 'OTLP requests by signal and status code of the answer.',
  undelivered_total:
    'OTLP requests of authorized senders that arrived completely and were not accepted as a whole.',
  unauthorized_total: 'OTLP requests without the right bearer token. Any client can increase it.',
  incomplete_total: 'OTLP requests whose body did not arrive: it was too slow, or its sender disconnected.',
  alerts_forwarded_total: 'Alerts that every destination accepted, in requests that were acknowledged.',
  rejected_total:
    'Log records and data points that can never become an alert, by reason: no_rule, no_number, refused.',
  fields_cut_total:
    'Labels and annotations that were left out (reason name, type or number) or truncated (reason length).',
  deliveries_total: 'Requests to Alertmanager and the webhook by outcome: accepted, refused, undelivered.',
  last_success_timestamp_seconds:
    'When alerts were last accepted by every destination, in seconds since 1970.',
  requests_in_flight: 'OTLP requests that are being answered.',
} as const;
type Metric = keyof typeof HELP;

/** The metrics of the bridge, for Prometheus. */
export class BridgeMetrics {
  /** Values by labels as they are written, by metric. */
  readonly #samples = Object.fromEntries(Object.keys(HELP).map((metric) => [metric, new Map()])) as Record<
    Metric,
    Map<string, number>
  >;

  add(metric: Metric, labels: Readonly<Record<string, string>> = {}, by = 1): void {
    // JSON escapes `\`, `"` and line breaks as the text format does.
    const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    const key = pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
    this.#samples[metric].set(key, (this.#samples[metric].get(key) ?? 0) + by);
  }

  set(metric: Metric, value: number): void {
    this.#samples[metric].set('', value);
  }

  /** Text format 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/ */
  text(): string {
    const lines = Object.entries(HELP).flatMap(([metric, help]) => {
      const name = `pg_otel_bridge_${metric}`;
      const samples = this.#samples[metric as Metric];
      return [
        `# HELP ${name} ${help}`,
        `# TYPE ${name} ${name.endsWith('_total') ? 'counter' : 'gauge'}`,
        ...[...samples].map(([labels, value]) => `${name}${labels} ${value}`),
      ];
    });
    return `${lines.join('\n')}\n`;
  }
}
