import { PostgresInstrumentation } from '@pg-otel/instrumentation';
import { validateOptions } from './options';

it('accepts no options and all options', () => {
  expect(() => validateOptions({})).not.toThrow();
  expect(() =>
    validateOptions({
      instrumentation: { statementText: 'off' },
      instrumentations: [new PostgresInstrumentation({ enabled: false })],
      resourceAttributes: { 'service.name': 'orders', zone: ['a', 'b'], replica: 2, canary: true },
      metricExportIntervalMillis: 500,
    }),
  ).not.toThrow();
});

it.each([
  [undefined, 'start() takes an object of options, got undefined'],
  [
    { serviceName: 'x' },
    'start() has no option "serviceName"; it has instrumentation, instrumentations, resourceAttributes, metricExportIntervalMillis',
  ],
  [
    { metricExportIntervalMillis: 0 },
    'start() option metricExportIntervalMillis must be a number of milliseconds greater than 0 and not above 2147483647, got 0',
  ],
  [
    { metricExportIntervalMillis: Number.NaN },
    'metricExportIntervalMillis must be a number of milliseconds greater than 0 and not above 2147483647, got NaN',
  ],
  [
    { metricExportIntervalMillis: 2 ** 31 },
    'metricExportIntervalMillis must be a number of milliseconds greater than 0 and not above 2147483647, got 2147483648',
  ],
  [{ instrumentation: [] }, 'instrumentation must be an object of instrumentation options, got an array'],
  [
    { instrumentations: [{}] },
    'instrumentations must be an array of OpenTelemetry instrumentations, got an array',
  ],
  [
    { resourceAttributes: { a: { b: 1 } } },
    'resourceAttributes must be an object of strings, numbers, booleans or arrays of them',
  ],
])('refuses %j and names the accepted values', (options, message) => {
  expect(() => validateOptions(options)).toThrow(TypeError);
  expect(() => validateOptions(options)).toThrow(message);
});

it('does not show the value of an option in the message', () => {
  expect(() => validateOptions({ resourceAttributes: 'hunter2' })).toThrow('got a value of type string');
});
