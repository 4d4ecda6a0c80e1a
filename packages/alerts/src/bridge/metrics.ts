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
type Labels = Readonly<Record<string, string>>;

/** The metrics of the bridge, for Prometheus. */
export class BridgeMetrics {
  readonly #samples = new Map<Metric, Map<string, number>>();

  add(metric: Metric, labels: Labels = {}, by = 1): void {
    const samples = this.#of(metric);
    const key = written(labels);
    samples.set(key, (samples.get(key) ?? 0) + by);
  }

  set(metric: Metric, value: number): void {
    this.#of(metric).set('', value);
  }

  /** Text format 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/ */
  text(): string {
    return (Object.keys(HELP) as Metric[])
      .flatMap((metric) => {
        const name = `pg_otel_bridge_${metric}`;
        return [
          `# HELP ${name} ${HELP[metric]}`,
          `# TYPE ${name} ${name.endsWith('_total') ? 'counter' : 'gauge'}`,
          ...[...this.#of(metric)].map(([labels, value]) => `${name}${labels} ${value}`),
        ];
      })
      .map((line) => `${line}\n`)
      .join('');
  }

  #of(metric: Metric): Map<string, number> {
    const samples = this.#samples.get(metric) ?? new Map<string, number>();
    this.#samples.set(metric, samples);
    return samples;
  }
}

function written(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
}
