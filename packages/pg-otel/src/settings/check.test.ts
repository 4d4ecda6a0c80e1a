import { checkPropagators, mistakesIn } from './check';

it('finds no mistakes in a correct or empty environment', () => {
  expect(mistakesIn({})).toEqual([]);
  expect(
    mistakesIn({
      OTEL_SERVICE_NAME: 'orders',
      OTEL_SDK_DISABLED: 'FALSE',
      OTEL_LOG_LEVEL: 'Debug',
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
      OTEL_PROPAGATORS: 'tracecontext, b3multi,',
      OTEL_TRACES_EXPORTER: ' otlp,, console ,otlp',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.example',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20secret,x-tenant=7,',
      OTEL_EXPORTER_OTLP_LOGS_TIMEOUT: '2500',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_EXPORTER_OTLP_CERTIFICATE: __filename,
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'Delta',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=production,team=a%2Cb',
      OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '0',
      OTEL_BSP_MAX_QUEUE_SIZE: '  ',
      OTEL_SOMETHING_OF_ANOTHER_PROGRAM: 'x',
      OTELCOL_ENDPOINT: 'x',
    }),
  ).toEqual([]);
});

it('checks the names of instrumentations', () => {
  const mistakes = mistakesIn({
    OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'http,expres,pg',
    OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'htpp,fs',
  });
  expect(mistakes).toHaveLength(2);
  expect(mistakes[0]).toContain('got "expres"');
  expect(mistakes[1]).toContain('got "htpp"');
});

it.each([
  ['OTEL_SDK_DISABLED', 'yes', 'must be true or false, got "yes" (from the environment); using false'],
  [
    'OTEL_LOG_LEVEL',
    'loud',
    'must be one of none, error, warn, info, debug, verbose, all, got "loud" (from the environment); using info',
  ],
  [
    'OTEL_TRACES_SAMPLER',
    'half',
    'must be one of always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off, ' +
      'parentbased_traceidratio, got "half" (from the environment); using parentbased_always_on',
  ],
  [
    'OTEL_PROPAGATORS',
    'tracecontext,xray',
    'must be a list of tracecontext, baggage, b3, b3multi, jaeger, none, got "xray" (from the environment); using tracecontext',
  ],
  [
    'OTEL_EXPORTER_OTLP_TIMEOUT',
    '10s',
    'must be a number of milliseconds greater than 0, got "10s" (from the environment); using 10000',
  ],
  [
    'OTEL_EXPORTER_OTLP_TRACES_TIMEOUT',
    '-1',
    'must be a number of milliseconds greater than 0, got "-1" (from the environment)',
  ],
  [
    'OTEL_EXPORTER_OTLP_COMPRESSION',
    'zip',
    'must be one of none, gzip, got "zip" (from the environment); using none',
  ],
  ['OTEL_EXPORTER_OTLP_INSECURE', '1', 'must be true or false, got "1" (from the environment); using false'],
  [
    'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE',
    'both',
    'must be one of cumulative, delta, lowmemory, got "both" (from the environment); using cumulative',
  ],
  [
    'OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT',
    'many',
    'must be a whole number, 0 or greater, got "many" (from the environment); using 128',
  ],
  [
    'OTEL_SPAN_EVENT_COUNT_LIMIT',
    '-5',
    'must be a whole number, 0 or greater, got "-5" (from the environment); using 128',
  ],
  [
    'OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT',
    '0',
    'must be a number of attributes greater than 0, got "0" (from the environment)',
  ],
  [
    'OTEL_BSP_SCHEDULE_DELAY',
    'soon',
    'must be a number of milliseconds greater than 0 and not above 2147483647, got "soon" (from the environment); using 5000',
  ],
  [
    // Node would run such a timer each millisecond.
    'OTEL_METRIC_EXPORT_INTERVAL',
    '86400000000',
    'must be a number of milliseconds greater than 0 and not above 2147483647, got "86400000000" (from the environment); using 10000',
  ],
  [
    'OTEL_LOGS_EXPORTER',
    'file',
    'must be a list of otlp, console, none, got "file" (from the environment); using none',
  ],
  [
    'OTEL_EXPORTER_PROMETHEUS_PORT',
    '99999',
    'must be a port from 1 to 65535, got "99999" (from the environment); using 9464',
  ],
  [
    'OTEL_TRACES_EXPORTER',
    'https://key@collector.example',
    'must be a list of otlp, console, zipkin, none, got a URL, not repeated here (from the environment); using none',
  ],
])('for %s=%s names the accepted values and the one in use', (name, written, message) => {
  expect(mistakesIn({ [name]: written })).toEqual([`${name} ${message}`]);
});

it('reports the argument of a sampler that is out of range', () => {
  expect(mistakesIn({ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '10%' })).toEqual([
    'OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1, got "10%" (from the environment); using 1',
  ]);
});

it('reports that the argument of a sampler has no effect without a sampler', () => {
  expect(mistakesIn({ OTEL_TRACES_SAMPLER_ARG: '0.1' })).toEqual([
    'OTEL_TRACES_SAMPLER_ARG (from the environment) has no effect without OTEL_TRACES_SAMPLER, such as parentbased_traceidratio',
  ]);
});

it('reports a sampler with a space after it, which the SDK refuses', () => {
  expect(mistakesIn({ OTEL_TRACES_SAMPLER: 'always_off ' })).toHaveLength(1);
});

it('reports a resource attribute that is too long, because none of them is used then', () => {
  const attributes = `service.name=orders,description=${'x'.repeat(256)}`;
  expect(mistakesIn({ OTEL_RESOURCE_ATTRIBUTES: attributes })).toEqual([
    'OTEL_RESOURCE_ATTRIBUTES must be key=value pairs, separated by commas, with percent-encoded keys and values of up to ' +
      '255 characters, entry 2 of 2 is not (from the environment); using none',
  ]);
  // 255 characters when they are decoded.
  expect(mistakesIn({ OTEL_RESOURCE_ATTRIBUTES: `description=${'%20'.repeat(255)}` })).toEqual([]);
});

describe('values that may be secrets are not repeated', () => {
  it.each([
    ['OTEL_EXPORTER_OTLP_HEADERS', 'api-key hunter2', 'entry 1 of 1 is not'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'x-tenant=7,Bearer hunter2', 'entry 2 of 2 is not'],
    ['OTEL_EXPORTER_OTLP_TRACES_HEADERS', 'api key=hunter2', 'entry 1 of 1 is not'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'api-key=hunter2%0A', 'entry 1 of 1 is not'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'api-key=hunter2;more', 'entry 1 of 1 is not'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'api-key=100%hunter2', 'entry 1 of 1 is not'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'team=a,token=hunter2=x', 'entry 2 of 2 is not'],
    ['OTEL_EXPORTER_OTLP_CERTIFICATE', '-----BEGIN hunter2', 'the value is not'],
    ['OTEL_EXPORTER_ZIPKIN_ENDPOINT', 'zipkin?key=hunter2', 'the value is not'],
  ])('%s=%s', (name, written, part) => {
    const [message, ...more] = mistakesIn({ [name]: written });
    expect(message).toContain(`${name} must be `);
    expect(message).toContain(part);
    expect(message).not.toContain('hunter2');
    expect(more).toEqual([]);
  });
});

it.each([
  ['OTEL_EXPORTER_OLTP_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'],
  ['OTEL_TRACE_EXPORTER', 'OTEL_TRACES_EXPORTER'],
  ['OTEL_TRACES_SAMPLERS', 'OTEL_TRACES_SAMPLER'],
])('recognizes %s as a misspelling of %s', (written, meant) => {
  expect(mistakesIn({ [written]: 'otlp' })).toEqual([
    `${written} (from the environment) has no effect (did you mean ${meant}?)`,
  ]);
});

it('warns of a propagator that the SDK does not have', () => {
  const emitted = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
  process.env['OTEL_PROPAGATORS'] = 'tracecontext,jaeger,none-of-these';
  checkPropagators(['traceparent', 'tracestate']);
  delete process.env['OTEL_PROPAGATORS'];
  expect(emitted.mock.calls.map(([message]) => message)).toEqual([
    'OTEL_PROPAGATORS (from the environment) names jaeger, which this version of OpenTelemetry does not have; it is not used',
  ]);
});
