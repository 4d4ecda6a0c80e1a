/**
 * What is compared, as functions of that version's `require` that run before the SDK is set up, since its reader takes
 * their `metricProducers`. `start` runs when the SDK is there, before pg is used; it
 * returns the insights of the variant that has some.
 */
export const variants = {
  bare: () => ({ start() {} }),

  standard(requireOfLine) {
    const { PgInstrumentation } = requireOfLine('@opentelemetry/instrumentation-pg');
    return registered(requireOfLine, new PgInstrumentation());
  },

  /**
   * The cheapest possible through the SDK's public API: a span and a value with the attributes that ours have (five and
   * four), two clock readings, one look at pg's promise. It reports no errors, rows, pools or connections, and does not
   * follow what runs.
   */
  floor: (requireOfLine) => ({ start: () => patchFloor(requireOfLine) }),

  /** Ours through the SDK's instruments: with a reader that has no producer. */
  instruments: (requireOfLine, build) => registered(requireOfLine, ours(requireOfLine, build)),

  /**
   * As the distribution sets it up. Of another build where the folder of one is given, else the package that is
   * installed for that version; old builds have no producers.
   */
  ours(requireOfLine, build) {
    const instrumentation = ours(requireOfLine, build);
    return {
      ...registered(requireOfLine, instrumentation),
      metricProducers: () => (instrumentation.metricProducer ? [instrumentation.metricProducer()] : []),
    };
  },

  insights: withInsights,
};

function ours(requireOfLine, build = '@pg-otel/instrumentation') {
  const { PostgresInstrumentation } = requireOfLine(build);
  return new PostgresInstrumentation();
}

/** As `pg-otel/register` sets it up with `PG_OTEL_INSIGHTS`. */
function withInsights(requireOfLine, build) {
  const { start, ...others } = variants.ours(requireOfLine, build);
  return {
    ...others,
    start() {
      start();
      return requireOfLine('@pg-otel/insights').createInsights();
    },
  };
}

/** As NodeSDK does it. */
function registered(requireOfLine, instrumentation) {
  const { registerInstrumentations } = requireOfLine('@opentelemetry/instrumentation');
  return { start: () => registerInstrumentations({ instrumentations: [instrumentation] }) };
}

function patchFloor(requireOfLine) {
  const { metrics, SpanKind, trace } = requireOfLine('@opentelemetry/api');
  const { Client } = requireOfLine('pg');
  const tracer = trace.getTracer('floor');
  const histogram = metrics.getMeter('floor').createHistogram('db.client.operation.duration', { unit: 's' });
  const statement = {
    'db.system.name': 'postgresql',
    'db.namespace': 'shop',
    'db.query.summary': 'SELECT products',
    'server.address': 'db.example.com',
  };
  const text = 'select id, name, price from products where id = $1';
  const ofSpan = { kind: SpanKind.CLIENT, attributes: { ...statement, 'db.query.text': text } };
  const { query } = Client.prototype;

  Client.prototype.query = function (...args) {
    const startedAt = performance.now();
    const span = tracer.startSpan('SELECT products', ofSpan);
    const end = () => {
      span.end();
      histogram.record((performance.now() - startedAt) / 1000, statement);
    };
    const result = query.apply(this, args);
    // For a pool's callback there is no promise to look at.
    if (result === undefined) end();
    else result.then(end, end);
    return result;
  };
}
