import type { SignalName } from '../api-registry';
import { otlpEndpoint } from './otlp-exporter';

const environment = { ...process.env };
beforeEach(() => {
  jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
});
afterEach(() => {
  process.env = { ...environment };
});

it.each<[SignalName, Record<string, string>, string, string]>([
  ['traces', {}, 'http://localhost:4318/v1/traces', 'default'],
  ['logs', { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, 'http://localhost:4317/', 'default'],
  [
    'metrics',
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otlp.example/base/' },
    'https://otlp.example/base/v1/metrics',
    'environment',
  ],
  [
    'metrics',
    { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'https://otlp.example/own' },
    'https://otlp.example/own',
    'environment',
  ],
  [
    'metrics',
    {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://other.example',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'https://otlp.example/own',
    },
    'https://otlp.example/own',
    'environment',
  ],
  [
    'traces',
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
    'http://collector:4317/',
    'environment',
  ],
  [
    'traces',
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' },
    'http://localhost:4318/v1/traces',
    'replaced',
  ],
  ['traces', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: '::::' }, 'http://localhost:4318/v1/traces', 'replaced'],
  [
    'traces',
    { OTEL_EXPORTER_OTLP_ENDPOINT: '::::', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
    'http://localhost:4317/',
    'replaced',
  ],
])('sends %s by %j to %s', (signal, variables, href, origin) => {
  Object.assign(process.env, variables);
  const endpoint = otlpEndpoint(signal);
  expect({ href: endpoint.url.href, origin: endpoint.origin }).toEqual({ href, origin });
});
