const families = {
  requests: [
    'counter',
    'pg_otel_bridge_requests_total',
    'OTLP requests by signal and status code of the answer.',
  ],
  undelivered: [
    'counter',
    'pg_otel_bridge_undelivered_total',
    'OTLP requests of authorized senders that arrived and were not accepted as a whole, for any reason.',
  ],
  unauthorized: [
    'counter',
    'pg_otel_bridge_unauthorized_total',
    'OTLP requests without the right bearer token. Anybody can raise it.',
  ],
  incomplete: [
    'counter',
    'pg_otel_bridge_incomplete_total',
    'OTLP requests whose body did not arrive: it was too slow, or its sender disconnected.',
  ],
  forwarded: [
    'counter',
    'pg_otel_bridge_alerts_forwarded_total',
    'Alerts that every destination accepted, in requests that were acknowledged.',
  ],
  rejected: [
    'counter',
    'pg_otel_bridge_rejected_total',
    'Log records and data points that can never become an alert, by reason: no_rule, no_number, refused.',
  ],
  cut: [
    'counter',
    'pg_otel_bridge_fields_cut_total',
    'Labels and annotations left out (reason name, type, number) or cut (length).',
  ],
  deliveries: [
    'counter',
    'pg_otel_bridge_deliveries_total',
    'Requests to Alertmanager and the webhook by outcome: accepted, refused, undelivered.',
  ],
  lastSuccess: [
    'gauge',
    'pg_otel_bridge_last_success_timestamp_seconds',
    'When alerts were last accepted by every destination, in seconds since 1970.',
  ],
  inFlight: ['gauge', 'pg_otel_bridge_requests_in_flight', 'OTLP requests that are being answered.'],
} as const;
type Family = keyof typeof families;
type Labels = Readonly<Record<string, string>>;

/** The bridge's metrics for Prometheus. */
export class BridgeMetrics {
  private readonly samples = new Map<Family, Map<string, number>>();

  add(family: Family, labels: Labels = {}, by = 1): void {
    const samples = this.of(family);
    const key = written(labels);
    samples.set(key, (samples.get(key) ?? 0) + by);
  }

  set(family: Family, value: number): void {
    this.of(family).set('', value);
  }

  /** Text format 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/ */
  text(): string {
    return Object.entries(families)
      .flatMap(([family, [type, name, help]]) => [
        `# HELP ${name} ${help}`,
        `# TYPE ${name} ${type}`,
        ...[...this.of(family as Family)].map(([labels, value]) => `${name}${labels} ${value}`),
      ])
      .map((line) => `${line}\n`)
      .join('');
  }

  private of(family: Family): Map<string, number> {
    const samples = this.samples.get(family) ?? new Map<string, number>();
    this.samples.set(family, samples);
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
